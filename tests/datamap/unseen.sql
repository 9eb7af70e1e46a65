-- A rowing club's system, as such systems are: nothing here is like the sample business.
CREATE DOMAIN mail_address AS text CHECK (value ~ '@');

CREATE TABLE "Member" (
    "memberId" uuid PRIMARY KEY,
    "Full Name" varchar(80) NOT NULL,
    "mailAddress" mail_address UNIQUE,
    "otherMails" text[] NOT NULL DEFAULT '{}',
    "bornOn" date,
    profile jsonb NOT NULL DEFAULT '{}',
    coach uuid REFERENCES "Member",
    "search" tsvector GENERATED ALWAYS AS (to_tsvector('simple', "Full Name")) STORED,
    deleted_at timestamptz,
    "since" timestamptz NOT NULL
);
CREATE TABLE boat (id smallint PRIMARY KEY, name text NOT NULL);
CREATE TABLE "order" (
    region char(2) NOT NULL, number int NOT NULL, "user" uuid NOT NULL REFERENCES "Member",
    "to" text, PRIMARY KEY (region, number)
);
CREATE TABLE "select" (
    region char(2) NOT NULL, number int NOT NULL, "from" date NOT NULL, boat smallint REFERENCES boat,
    PRIMARY KEY (region, number, "from"),
    FOREIGN KEY (region, number) REFERENCES "order" ON DELETE CASCADE
);
CREATE TABLE crew (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, captain uuid);
CREATE TABLE crew_member (
    crew int NOT NULL REFERENCES crew, member uuid NOT NULL REFERENCES "Member", PRIMARY KEY (crew, member)
);
ALTER TABLE crew ADD FOREIGN KEY (captain) REFERENCES "Member";
CREATE TABLE member_history (
    member uuid NOT NULL, valid_from timestamptz NOT NULL, snapshot jsonb NOT NULL,
    PRIMARY KEY (member, valid_from)
);
CREATE TABLE activity (at timestamptz NOT NULL, actor uuid, what text, detail jsonb)
    PARTITION BY RANGE (at);
CREATE TABLE activity_2025 PARTITION OF activity FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE activity_rest PARTITION OF activity DEFAULT;
CREATE TABLE mailing (id bigint PRIMARY KEY, topic text NOT NULL, recipients text[] NOT NULL);
CREATE TABLE webhook_dump (id bigint PRIMARY KEY, received timestamptz NOT NULL, body jsonb NOT NULL);
CREATE TABLE message (
    id bigint PRIMARY KEY, author uuid REFERENCES "Member", reader uuid REFERENCES "Member",
    body text NOT NULL, written timestamptz NOT NULL
);
CREATE TABLE receipt (
    no bigint PRIMARY KEY, member uuid REFERENCES "Member", amount numeric(9, 2) NOT NULL,
    billed_to text NOT NULL, lock_code text NOT NULL DEFAULT ''
);
CREATE VIEW living AS SELECT * FROM "Member" WHERE deleted_at IS NULL;

INSERT INTO "Member" ("memberId", "Full Name", "mailAddress", "otherMails", "bornOn", profile, coach, deleted_at, "since") VALUES
 ('00000000-0000-4000-8000-00000000000b', 'Ben Berg', 'ben@berg.example', '{}', '1970-01-02', '{}', NULL, NULL, '2020-01-01'),
 ('00000000-0000-4000-8000-00000000000a', 'Ada Abbott', 'Ada@Abbott.example', '{ada.abbott@work.example,ADA@old.example}',
  '1980-03-04', '{"contact": {"email": "ada@abbott.example", "phone": "+1 415 555 0100"}}',
  '00000000-0000-4000-8000-00000000000b', NULL, '2021-01-01'),
 ('00000000-0000-4000-8000-00000000000c', 'Cy Chen', 'cy@chen.example', '{}', '1990-05-06', '{}',
  '00000000-0000-4000-8000-00000000000a', '2025-01-01', '2022-01-01');
INSERT INTO boat VALUES (1, 'Sprite');
INSERT INTO "order" VALUES ('CA', 1, '00000000-0000-4000-8000-00000000000a', 'ada@abbott.example'),
 ('CA', 2, '00000000-0000-4000-8000-00000000000b', NULL), ('NV', 1, '00000000-0000-4000-8000-00000000000b', NULL);
INSERT INTO "select" VALUES ('CA', 1, '2025-01-01', 1), ('CA', 1, '2025-02-01', 1), ('NV', 1, '2025-01-01', 1);
INSERT INTO crew (name, captain) VALUES ('Eight', '00000000-0000-4000-8000-00000000000a'), ('Four', '00000000-0000-4000-8000-00000000000b');
INSERT INTO crew_member VALUES (1, '00000000-0000-4000-8000-00000000000a'), (1, '00000000-0000-4000-8000-00000000000b'), (2, '00000000-0000-4000-8000-00000000000b');
INSERT INTO member_history VALUES ('00000000-0000-4000-8000-00000000000a', '2022-01-01', '{"mail": "ada@old.example"}'),
 ('00000000-0000-4000-8000-00000000000b', '2022-01-01', '{}');
INSERT INTO activity VALUES ('2025-06-01', '00000000-0000-4000-8000-00000000000a', 'login', '{"as": "ada@abbott.example"}'),
 ('2025-06-01', '00000000-0000-4000-8000-00000000000a', 'login', '{"as": "ada@abbott.example"}'),
 ('2026-06-01', '00000000-0000-4000-8000-00000000000b', 'login', '{}'), ('2026-07-01', '00000000-0000-4000-8000-00000000000a', 'out', NULL);
INSERT INTO mailing VALUES (1, 'regatta', '{ada@old.example}'), (2, 'regatta', '{ben@berg.example}'), (3, 'news', '{Ada@Abbott.example,ben@berg.example}');
INSERT INTO webhook_dump VALUES (1, '2025-01-01', '{"payer": {"email": "ADA@abbott.example"}, "n": 1}'), (2, '2025-01-01', '{"payer": {"email": "ben@berg.example"}}');
INSERT INTO message VALUES (1, '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b', 'Hi Ben, card 4111 1111 1111 1111', '2025-01-01'),
 (2, '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'Hi Ada', '2025-01-02'),
 (3, '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000c', 'Hi Cy', '2025-01-03');
INSERT INTO receipt VALUES (1, '00000000-0000-4000-8000-00000000000a', 10, 'Ada Abbott', ''), (2, '00000000-0000-4000-8000-00000000000b', 20, 'Ben Berg', '');
