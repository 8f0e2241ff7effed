//! A proxy between a program and PostgreSQL that counts what the program sends. It reads the protocol without TLS.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::Result;

/// A proxy that listens until this program ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: String,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    messages: AtomicU64,
    statements: AtomicU64,
}

/// What was sent by all who came through the proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Those that the program waits for an answer to: each is a way to the server and back.
    pub(crate) messages: u64,
    /// Executions, by whichever part of the protocol.
    pub(crate) statements: u64,
}

impl Proxy {
    /// One in front of `server`, `127.0.0.1:20000`.
    pub(crate) fn start(server: &str) -> Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let counts = Arc::new(Counts::default());
        let (server, shared) = (server.to_owned(), Arc::clone(&counts));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(&server) {
                    let _ = connect(client, server, Arc::clone(&shared));
                }
            }
        });
        Ok(Proxy { address, counts })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was sent since somebody last asked.
    pub(crate) fn take(&self) -> Sent {
        // A message is counted before it goes on to the server, so all that were answered are in.
        Sent {
            messages: self.counts.messages.swap(0, Ordering::SeqCst),
            statements: self.counts.statements.swap(0, Ordering::SeqCst),
        }
    }
}

fn connect(client: TcpStream, server: TcpStream, counts: Arc<Counts>) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_server, to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || forward(from_server, to_client, |_| {}));
    thread::spawn(move || {
        let mut reader = Reader::new();
        forward(client, server, |bytes| {
            reader.read(bytes, |kind| {
                if matches!(kind, b'Q' | b'S') {
                    counts.messages.fetch_add(1, Ordering::SeqCst);
                }
                if matches!(kind, b'Q' | b'E') {
                    counts.statements.fetch_add(1, Ordering::SeqCst);
                }
            });
        });
    });
    Ok(())
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = [0; 16384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        look(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Finds the beginnings of messages in what a client sends, in whatever pieces it comes.
///
/// A message is a letter, a length that counts itself but not the letter, and as many bytes. The first of a connection has
/// no letter; one that asks for encryption is answered with no, and then comes the first again.
#[derive(Debug)]
struct Reader {
    is_started: bool,
    /// What came of the letter, the length and, before the start, the code behind it.
    head: Vec<u8>,
    /// Bytes of the message that are still to come.
    rest: usize,
}

impl Reader {
    fn new() -> Reader {
        Reader { is_started: false, head: Vec::new(), rest: 0 }
    }

    fn read(&mut self, mut bytes: &[u8], mut message: impl FnMut(u8)) {
        // `SSLRequest` and `GSSENCRequest`.
        const ASKS_FIRST: [[u8; 4]; 2] =
            [80_877_103_u32.to_be_bytes(), 80_877_104_u32.to_be_bytes()];
        while !bytes.is_empty() {
            let skipped = self.rest.min(bytes.len());
            self.rest -= skipped;
            bytes = &bytes[skipped..];
            let [byte, behind @ ..] = bytes else { return };
            bytes = behind;
            self.head.push(*byte);
            match (self.is_started, &*self.head) {
                (true, [kind, length @ ..]) if length.len() == 4 => {
                    message(*kind);
                    self.rest = Reader::length(length).saturating_sub(4);
                    self.head.clear();
                }
                (false, [a, b, c, d, code @ ..]) if code.len() == 4 => {
                    self.is_started = !ASKS_FIRST.iter().any(|asks| asks == code);
                    self.rest = Reader::length(&[*a, *b, *c, *d]).saturating_sub(8);
                    self.head.clear();
                }
                (true | false, _) => {}
            }
        }
    }

    fn length(bytes: &[u8]) -> usize {
        bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [kind.as_bytes(), &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn messages_are_found_in_whatever_pieces_they_come() {
        let all = [
            message("", &80_877_103_u32.to_be_bytes()), // no letter: will you encrypt?
            message("", b"\x00\x03\x00\x00user\0me\0\0"),
            message("p", b"secret, with Q and S"),
            message("Q", b"BEGIN\0"),
            message("P", b"\0SELECT 1\0\0\0"),
            message("B", b"\0\0\0\0\0\0\0\0"),
            message("E", b"\0\0\0\0\0"),
            message("S", b""),
            message("X", b""),
        ]
        .concat();
        for size in [1, 2, 3, 5, 7, all.len()] {
            let (mut reader, mut found) = (Reader::new(), Vec::new());
            for piece in all.chunks(size) {
                reader.read(piece, |kind| found.push(kind));
            }
            assert_eq!(found, b"pQPBESX", "in pieces of {size}");
        }
    }
}
