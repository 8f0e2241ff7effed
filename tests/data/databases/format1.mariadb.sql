-- MariaDB as the first version that ran on it left it.
CREATE TABLE `__migrate_log` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `format` int(11) NOT NULL,
  `run` varchar(64) NOT NULL,
  `revision` varchar(32) NOT NULL,
  `message` text NOT NULL,
  `direction` varchar(16) NOT NULL,
  `status` varchar(16) NOT NULL,
  `started_at` varchar(40) NOT NULL,
  `duration_ms` bigint(20) NOT NULL,
  `applied_by` text NOT NULL,
  `checksum` varchar(80) DEFAULT NULL,
  `tool_version` varchar(32) NOT NULL,
  `error` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=18 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO `__migrate_log` VALUES (1,1,'18ebe8832d9b38c3-2680','1b584119405d','Create accounts and users\n\nAn account holds the money, a user signs in. Several users may trade for one account.','upgrade','started','2026-01-15T09:30:06.540Z',0,'ann@laptop','v1:42100d9585a77282def51762a4d1bcc95f00ddb283ff6f6e11e055a6bfc76997','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (2,1,'18ebe8832d9b38c3-2680','1b584119405d','Create accounts and users\n\nAn account holds the money, a user signs in. Several users may trade for one account.','upgrade','done','2026-01-15T09:30:06.540Z',2,'ann@laptop','v1:42100d9585a77282def51762a4d1bcc95f00ddb283ff6f6e11e055a6bfc76997','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (3,1,'18ebe8832d9b38c3-2680','9eeacb7f2ae8','Create instruments','upgrade','started','2026-01-15T09:30:06.543Z',0,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (4,1,'18ebe8832d9b38c3-2680','9eeacb7f2ae8','Create instruments','upgrade','done','2026-01-15T09:30:06.543Z',1,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (5,1,'18ebe8832ecc158d-2681','9eeacb7f2ae8','Create instruments','downgrade','started','2026-01-15T09:30:06.560Z',0,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (6,1,'18ebe8832ecc158d-2681','9eeacb7f2ae8','Create instruments','downgrade','done','2026-01-15T09:30:06.560Z',1,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (7,1,'18ebe8832fd79e46-2682','9eeacb7f2ae8','Create instruments','upgrade','started','2026-01-15T09:30:06.578Z',0,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (8,1,'18ebe8832fd79e46-2682','9eeacb7f2ae8','Create instruments','upgrade','done','2026-01-15T09:30:06.578Z',1,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (9,1,'18ebe8832fd79e46-2682','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','upgrade','done','2026-01-15T09:30:06.580Z',1,'ann@laptop','v1:32e7878ad121062ec89d99bad8e8dc1107e5105e6ed5da7ed5cb10f017048a17','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (10,1,'18ebe88331a40cc2-2684','ba76601bb269','Create orders','upgrade','started','2026-01-15T09:30:06.608Z',0,'ann@laptop','v1:cc0e346c8b687f6b583965140b382b99c7745cfeffbb8ff28208506b4ef2d9c5','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (11,1,'18ebe88331a40cc2-2684','ba76601bb269','Create orders','upgrade','done','2026-01-15T09:30:06.608Z',3,'ann@laptop','v1:cc0e346c8b687f6b583965140b382b99c7745cfeffbb8ff28208506b4ef2d9c5','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (12,1,'18ebe88332f65eed-2685','ba76601bb269','Create orders','downgrade','started','2026-01-15T09:30:06.630Z',0,'ann@laptop','v1:cc0e346c8b687f6b583965140b382b99c7745cfeffbb8ff28208506b4ef2d9c5','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (13,1,'18ebe88332f65eed-2685','ba76601bb269','Create orders','downgrade','done','2026-01-15T09:30:06.630Z',2,'ann@laptop','v1:cc0e346c8b687f6b583965140b382b99c7745cfeffbb8ff28208506b4ef2d9c5','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (14,1,'18ebe8833401f56c-2686','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','unstamp','done','2026-01-15T09:30:06.649Z',0,'ann@laptop',NULL,'0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (15,1,'18ebe88335093eb7-2687','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','stamp','done','2026-01-15T09:30:06.666Z',0,'ann@laptop',NULL,'0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (16,1,'18ebe88337d91c8b-2689','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','downgrade','done','2026-01-15T09:30:06.712Z',3,'ann@laptop','v1:32e7878ad121062ec89d99bad8e8dc1107e5105e6ed5da7ed5cb10f017048a17','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (17,1,'18ebe8833926e0f6-268a','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','upgrade','done','2026-01-15T09:30:06.734Z',1,'ann@laptop','v1:32e7878ad121062ec89d99bad8e8dc1107e5105e6ed5da7ed5cb10f017048a17','0.1.0',NULL);
CREATE TABLE `__migrate_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO `__migrate_version` VALUES ('53fbf35846c6');
CREATE TABLE `accounts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(100) NOT NULL,
  `currency` char(3) NOT NULL DEFAULT 'EUR',
  `opened_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `accounts` VALUES (1,'it\'s','EUR','2026-01-15 09:30:06.590917');
CREATE TABLE `instruments` (
  `symbol` varchar(16) NOT NULL COMMENT 'as on its exchange: BRK.B',
  `name` varchar(200) NOT NULL,
  `exchange` varchar(8) NOT NULL,
  `currency` char(3) NOT NULL,
  `lot_size` int(11) NOT NULL DEFAULT 1,
  `tick_size` decimal(12,6) NOT NULL DEFAULT 0.010000,
  `listed_on` date DEFAULT NULL,
  PRIMARY KEY (`symbol`),
  CONSTRAINT `instruments_lot_size_check` CHECK (`lot_size` > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `instruments` VALUES ('7203','Toyota Motor Corporation','XTKS','JPY',100,0.010000,NULL);
INSERT INTO `instruments` VALUES ('AAPL','Apple Inc.','XNAS','USD',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('BRK.B','Berkshire Hathaway Inc. Class B','XNYS','USD',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('OR','L\'Oréal S.A.','XPAR','EUR',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('SAP','SAP SE','XETR','EUR',1,0.010000,NULL);
CREATE TABLE `users` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `account_id` bigint(20) NOT NULL,
  `email` varchar(255) NOT NULL,
  `name` varchar(100) NOT NULL,
  `is_active` tinyint(1) NOT NULL DEFAULT 1,
  `created_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_email_key` (`email`),
  KEY `idx_users_account` (`account_id`),
  CONSTRAINT `users_account_id_fkey` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
