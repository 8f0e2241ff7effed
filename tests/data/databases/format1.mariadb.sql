-- MariaDB as the first version of the log left it.
/*M!999999\- enable the sandbox mode */ 
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
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
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `__migrate_log` VALUES (1,1,'17f0c0ffee-42','1b584119405d','Create accounts and users\n\nAn account holds the money, a user signs in. Several users may trade for one account.','upgrade','started','2026-01-15T09:30:00.000Z',12,'ann@laptop','v1:42100d9585a77282def51762a4d1bcc95f00ddb283ff6f6e11e055a6bfc76997','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (2,1,'17f0c0ffee-42','1b584119405d','Create accounts and users\n\nAn account holds the money, a user signs in. Several users may trade for one account.','upgrade','done','2026-01-15T09:30:00.000Z',12,'ann@laptop','v1:42100d9585a77282def51762a4d1bcc95f00ddb283ff6f6e11e055a6bfc76997','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (3,1,'17f0c0ffee-42','9eeacb7f2ae8','Create instruments','upgrade','started','2026-01-15T09:30:00.000Z',12,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (4,1,'17f0c0ffee-42','9eeacb7f2ae8','Create instruments','upgrade','done','2026-01-15T09:30:00.000Z',12,'ann@laptop','v1:f12abdf5c05b50347b1f5a7ed2b6dffb8f7e8eb13c504d2f6f1219744414cb4b','0.1.0',NULL);
INSERT INTO `__migrate_log` VALUES (5,1,'17f0c0ffee-42','53fbf35846c6','List the first instruments\n\nWhat the exchange feed starts with; it adds the rest by itself.','upgrade','done','2026-01-15T09:30:00.000Z',12,'ann@laptop','v1:32e7878ad121062ec89d99bad8e8dc1107e5105e6ed5da7ed5cb10f017048a17','0.1.0',NULL);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `__migrate_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `__migrate_version` VALUES ('53fbf35846c6');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `accounts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(100) NOT NULL,
  `currency` char(3) NOT NULL DEFAULT 'EUR',
  `opened_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
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
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `instruments` VALUES ('7203','Toyota Motor Corporation','XTKS','JPY',100,0.010000,NULL);
INSERT INTO `instruments` VALUES ('AAPL','Apple Inc.','XNAS','USD',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('BRK.B','Berkshire Hathaway Inc. Class B','XNYS','USD',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('OR','L\'Oréal S.A.','XPAR','EUR',1,0.010000,NULL);
INSERT INTO `instruments` VALUES ('SAP','SAP SE','XETR','EUR',1,0.010000,NULL);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
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
/*!40101 SET character_set_client = @saved_cs_client */;
