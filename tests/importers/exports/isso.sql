BEGIN TRANSACTION;
CREATE TABLE comments (tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL, modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR NOT NULL, author VARCHAR, email VARCHAR, website VARCHAR, likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL, notification INTEGER DEFAULT 0);
INSERT INTO "comments" VALUES(1,1,NULL,1577880000.25,NULL,1,'192.0.2.0','Hello **roses**

second paragraph','Mara Feld','mara@example.org','https://example.org',3,1,X'',0);
INSERT INTO "comments" VALUES(1,2,1,1577883600.0,1577887200.0,1,'192.0.2.0','An answer, edited later','Tom Reed',NULL,'example.org/tom',0,0,X'',0);
INSERT INTO "comments" VALUES(1,3,NULL,1577890800.0,NULL,2,'192.0.2.0','Waits for the owner','New One','new@example.org',NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(1,4,NULL,1577894400.0,NULL,4,'192.0.2.0','',NULL,NULL,NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(1,5,4,1577898000.0,NULL,1,'192.0.2.0','Answer to one that was deleted','Mara Feld','mara@example.org',NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(2,6,NULL,1577901600.0,NULL,1,'192.0.2.0','<p>From Disqus once.</p><p>It is HTML &amp; stays it.</p>',NULL,'',NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(3,7,NULL,1577905200.0,NULL,1,'192.0.2.0','line one
line two','Ünal 🌹','u@example.org',NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(4,8,NULL,1577908800.0,NULL,1,'192.0.2.0','`code`','Ann',NULL,NULL,0,0,X'',0);
INSERT INTO "comments" VALUES(1,9,99,1577912400.0,NULL,1,'192.0.2.0','Parent is gone','Ann',NULL,NULL,0,0,X'',0);
CREATE TABLE preferences (key VARCHAR PRIMARY KEY, value VARCHAR);
INSERT INTO "preferences" VALUES('session-key','0123456789abcdef0123');
CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
INSERT INTO "threads" VALUES(1,'/2020/roses/','Roses');
INSERT INTO "threads" VALUES(2,'/2020/tulips/?lang=de',NULL);
INSERT INTO "threads" VALUES(3,'blog/no-slash.html','No slash');
INSERT INTO "threads" VALUES(4,'rose-thread-7','A thread id that is no address');
COMMIT;
