//! Servers that belong to one test, which may kill them: started from the programs that `tests/run` found, in a temporary
//! folder, and gone with the value, and with the process of the test at the latest.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection, MysqlConnection, PgConnection};
use tempfile::TempDir;

use crate::backend::{Backend, server, setting};
use crate::database::Database;

const PATIENCE: Duration = Duration::from_secs(60);

/// What kind of server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Postgres,
    Mariadb,
    /// PgBouncer, in front of the PostgreSQL that all tests share.
    Pooler,
}

/// A server of one test.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    options: Vec<String>,
}

impl Server {
    /// A new, empty server.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start(backend: Backend) -> Server {
        let mut server = Server::new(match backend {
            Backend::Postgres => Kind::Postgres,
            Backend::Mariadb => Kind::Mariadb,
            Backend::Sqlite => panic!("SQLite has no server"),
        });
        server.initialize();
        server.again();
        server
    }

    /// Starts it anew with these options beside its own.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn with(&mut self, options: &[&str]) {
        self.options = options.iter().map(|option| (*option).to_owned()).collect();
        self.kill();
        self.again();
    }

    /// PgBouncer, which gives each transaction whatever connection is free.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn pooler() -> Server {
        let mut server = Server::new(Kind::Pooler);
        server.again();
        server
    }

    fn new(kind: Kind) -> Server {
        let folder = tempfile::Builder::new().prefix("server-").tempdir().expect("a folder");
        let mut server = Server { kind, child: None, port: 0, folder, options: Vec::new() };
        server.own(server.folder.path());
        server.port = free_port();
        server
    }

    /// Starts it on what it had when it was killed.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn again(&mut self) {
        for _ in 0..10 {
            let log = File::create(self.path("log")).expect("a file");
            let mut command = self.command();
            command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file")).stderr(log);
            let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            let began = Instant::now();
            while child.try_wait().is_ok_and(|ended| ended.is_none()) && began.elapsed() < PATIENCE
            {
                if self.answers() {
                    self.child = Some(child);
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.kill();
            let _ = child.wait();
            // Another program was faster with the port; or what was killed still holds its memory.
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("{:?} does not start: {}", self.kind, self.log());
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Lets no file of it grow beyond so many bytes, as on a disk that is full; with `None` there is room again. It
    /// holds for connections that are opened from now on.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let child = self.child.as_ref().expect("a server that runs");
        let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        // Nobody else may say so, in some containers not even root.
        let mut command = as_server(Path::new("prlimit"));
        command.args(["--pid", &child.id().to_string(), &format!("--fsize={bytes}:unlimited")]);
        assert!(command.status().is_ok_and(|status| status.success()), "{command:?}");
    }

    /// `kill -9` of all of its processes.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let id = child.id();
        let children = children(id);
        let _ = child.kill();
        let _ = child.wait();
        for id in children {
            let _ =
                Command::new("kill").args(["-9", &id.to_string()]).stderr(Stdio::null()).status();
        }
    }

    /// A database on it, which goes with it.
    pub fn database(&self, name: &str) -> Database {
        let (backend, url) = match self.kind {
            Kind::Postgres => (Backend::Postgres, self.url(name)),
            Kind::Pooler => (Backend::Postgres, self.url(name)),
            Kind::Mariadb => (Backend::Mariadb, self.url(name)),
        };
        Database::at(backend, name, &url)
    }

    fn url(&self, name: &str) -> String {
        let port = self.port;
        match self.kind {
            Kind::Postgres => format!("postgres://migrate@127.0.0.1:{port}/{name}"),
            Kind::Pooler => {
                let (user, _) = shared_login();
                format!("postgres://{user}@127.0.0.1:{port}/{name}")
            }
            Kind::Mariadb => format!("mysql://root@127.0.0.1:{port}/{name}"),
        }
    }

    fn answers(&self) -> bool {
        match self.kind {
            Kind::Postgres | Kind::Pooler => PgConnection::establish(&self.url("postgres")).is_ok(),
            Kind::Mariadb => MysqlConnection::establish(&self.url("mysql")).is_ok(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn initialize(&self) {
        let data = self.path("data");
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = as_server(&postgres("initdb"));
                command.arg("--pgdata").arg(&data).args([
                    "--username=migrate",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                ]);
                command
            }
            Kind::Mariadb => {
                let mut command = as_server(Path::new("mariadb-install-db"));
                command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
                command.args(["--skip-test-db", "--auth-root-authentication-method=normal"]);
                command
            }
            Kind::Pooler => return,
        };
        let output = command
            .current_dir(self.folder.path())
            .env("TMPDIR", self.folder.path())
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self) -> Command {
        let (data, folder, port) = (self.path("data"), self.folder.path(), self.port);
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = as_server(&postgres("postgres"));
                command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
                for setting in [
                    "listen_addresses=127.0.0.1".to_owned(),
                    format!("unix_socket_directories={}", folder.display()),
                    "fsync=off".to_owned(),
                    "autovacuum=off".to_owned(),
                    "dynamic_shared_memory_type=mmap".to_owned(),
                ] {
                    command.arg("-c").arg(setting);
                }
                command
            }
            Kind::Mariadb => {
                let mut command = as_server(Path::new("mariadbd"));
                let path = |name: &str| self.path(name).display().to_string();
                command.args([
                    "--no-defaults".to_owned(),
                    format!("--datadir={}", path("data")),
                    format!("--socket={}", path("socket")),
                    format!("--pid-file={}", path("pid")),
                    format!("--port={port}"),
                ]);
                command.args([
                    "--bind-address=127.0.0.1",
                    "--skip-name-resolve",
                    "--character-set-server=utf8mb4",
                    "--innodb-buffer-pool-size=32M",
                    "--innodb-log-file-size=16M",
                    // With 0 a `kill -9` loses the commits of the last second; with 2, only a machine that stops does.
                    "--innodb-flush-log-at-trx-commit=2",
                ]);
                command
            }
            Kind::Pooler => {
                self.configure_pooler();
                let mut command = as_server(Path::new("pgbouncer"));
                command.arg(self.path("pgbouncer.ini"));
                command
            }
        };
        // Where its user may write.
        command.args(&self.options).current_dir(folder).env("TMPDIR", folder);
        command
    }

    fn configure_pooler(&self) {
        let (user, password) = shared_login();
        let url = server();
        let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next());
        let (folder, port, own) =
            (self.folder.path().display(), port.unwrap_or_default(), self.port);
        // With `any` whoever comes is the user of the database's line.
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={port} user={user} password={password}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {own}\nunix_socket_dir =\nauth_type = any\n\
             auth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = 20\nserver_idle_timeout = 2\n"
        );
        fs::write(self.path("pgbouncer.ini"), settings).expect("a file");
        fs::write(self.path("users"), format!("\"{user}\" \"{password}\"\n")).expect("a file");
        for name in ["pgbouncer.ini", "users"] {
            self.own(&self.path(name));
        }
    }

    /// Gives a path to the user that servers run as.
    fn own(&self, path: &Path) {
        if let Some(user) = server_user() {
            let status = Command::new("chown").arg(user).arg(path).status();
            assert!(status.is_ok_and(|status| status.success()), "chown {}", path.display());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// User and password of the PostgreSQL that all tests share.
fn shared_login() -> (String, String) {
    let url = server();
    let (login, _) = url.trim_start_matches("postgres://").rsplit_once('@').expect("a user");
    let (user, password) = login.split_once(':').expect("a password");
    (user.to_owned(), password.to_owned())
}

fn postgres(program: &str) -> PathBuf {
    setting("PG_BIN").map_or(PathBuf::from(program), |folder| PathBuf::from(folder).join(program))
}

/// PostgreSQL and PgBouncer refuse to run as root: the user that root hands them to.
fn server_user() -> Option<&'static str> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_root =
        fs::metadata("/proc/self").ok().map(|me| std::os::unix::fs::MetadataExt::uid(&me));
    let has_postgres = users.lines().any(|line| line.starts_with("postgres:"));
    match is_root {
        Some(0) if has_postgres => Some("postgres"),
        Some(0) => Some("nobody"),
        Some(_) | None => None,
    }
}

/// A program as that user, which dies when the test does.
fn as_server(program: &Path) -> Command {
    // A file that may not grow is an error to it, and not its end.
    let mut command = Command::new("env");
    command.args(["--ignore-signal=XFSZ", "setpriv"]);
    if let Some(user) = server_user() {
        command.args([&format!("--reuid={user}"), "--regid=nogroup", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.env("LC_ALL", "C");
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The processes that this one started.
fn children(id: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    ids.filter(|child| {
        let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
        status.lines().any(|line| line.split_whitespace().eq(["PPid:", &id.to_string()]))
    })
    .collect()
}
