namespace RemoteLog.Storage.Embedded;

/// <summary>What the database looks like, as the steps that lead there. A step that was released is never edited: a change is a new step.</summary>
internal static class Schema
{
    // Tables keep their rowids where rows are large or change often: then the index holds nothing but keys, and an update of a row leaves it alone.
    private const string Names = """
        CREATE TABLE heads (
            log        BLOB    NOT NULL UNIQUE,  -- the log's id, 32 bytes
            owner      TEXT    NOT NULL,
            topic      TEXT    NOT NULL,
            sequence   INTEGER NOT NULL,
            sealed     INTEGER NOT NULL,
            tail_bytes INTEGER NOT NULL,         -- length of the blocks in segments
            version    INTEGER NOT NULL,         -- one more with each change
            head       BLOB    NOT NULL          -- protobuf, as it travels
        );
        CREATE TABLE segments (                  -- the tail: entries that are in no page yet
            log        BLOB    NOT NULL,
            last       INTEGER NOT NULL,
            first      INTEGER NOT NULL,
            before     BLOB    NOT NULL,
            link       BLOB    NOT NULL,
            signature  BLOB    NOT NULL,
            block      BLOB    NOT NULL,
            UNIQUE (log, last)
        );
        CREATE TABLE pages (
            log        BLOB    NOT NULL,
            last       INTEGER NOT NULL,
            first      INTEGER NOT NULL,
            address    BLOB    NOT NULL,         -- CID
            size       INTEGER NOT NULL,
            PRIMARY KEY (log, last)
        ) WITHOUT ROWID;
        CREATE TABLE forks (
            place      INTEGER PRIMARY KEY,      -- the order they came in
            log        BLOB    NOT NULL,
            sequence   INTEGER NOT NULL,         -- of the refused checkpoint
            link       BLOB    NOT NULL,         -- of the refused checkpoint
            fork       BLOB    NOT NULL,         -- protobuf, as it travels
            UNIQUE (log, sequence, link)
        );
        """;

    // A job's id is never given out again, or the receipt of a job long gone could complete a new one.
    private const string JobsAndContentUses = """
        CREATE TABLE jobs (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            queue      TEXT    NOT NULL,
            due        INTEGER NOT NULL,         -- hidden until then; ticks, UTC
            deliveries INTEGER NOT NULL,
            body       BLOB    NOT NULL
        );
        CREATE INDEX jobs_due ON jobs (queue, due);
        CREATE TABLE content_uses (
            content    BLOB    NOT NULL,         -- CID
            user       TEXT    NOT NULL,
            until      INTEGER NOT NULL,         -- ticks, UTC
            PRIMARY KEY (content, user)
        ) WITHOUT ROWID;
        CREATE INDEX content_uses_until ON content_uses (until);
        CREATE TABLE content_deletions (         -- begun and not finished
            place      INTEGER PRIMARY KEY,      -- the order they came in
            content    BLOB    NOT NULL UNIQUE   -- CID
        );
        """;

    // Nor is an id of the quarantine: whoever lists it page by page goes on after the last one seen.
    private const string Quarantine = """
        CREATE TABLE quarantine (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            digest     BLOB    NOT NULL UNIQUE,  -- SHA-256 of the bytes
            log        TEXT,                     -- owner/topic, where the bytes say it
            reason     TEXT    NOT NULL,
            at         INTEGER NOT NULL,         -- ticks, UTC
            bytes      BLOB    NOT NULL
        );
        """;

    // Where hints go changes seldom and is long; what a device is to be told changes with every hint. So the two are rows of their own.
    private const string Devices = """
        CREATE TABLE devices (
            device     BLOB    NOT NULL UNIQUE,  -- SHA-256 of its key's name
            version    INTEGER NOT NULL,         -- one more with each change
            look_at    INTEGER NOT NULL,         -- by the sweep; ticks, UTC
            state      BLOB    NOT NULL          -- JSON
        );
        CREATE INDEX devices_look_at ON devices (look_at);
        CREATE TABLE registrations (
            device       BLOB  NOT NULL UNIQUE,
            registration BLOB  NOT NULL          -- JSON; where hints go is encrypted in it
        );
        CREATE TABLE follows (
            log        BLOB    NOT NULL,         -- the log's id
            device     BLOB    NOT NULL,
            tag        BLOB    NOT NULL,         -- what the device calls the log
            PRIMARY KEY (log, device)
        ) WITHOUT ROWID;
        CREATE INDEX follows_device ON follows (device);
        CREATE TABLE followed (
            log        BLOB    PRIMARY KEY,
            followers  INTEGER NOT NULL          -- how many rows of follows it has
        ) WITHOUT ROWID;
        """;

    private const string MirrorFeeds = """
        CREATE TABLE mirror_feeds (
            log        BLOB    NOT NULL UNIQUE,  -- the log's id, 32 bytes
            place      INTEGER NOT NULL,         -- index of the newest update in the log's feed
            sequence   INTEGER NOT NULL,         -- the newest entry that it tells of
            sealed     INTEGER NOT NULL,
            written    INTEGER NOT NULL,         -- 1: known to be where readers look; 0: perhaps
            version    INTEGER NOT NULL,         -- one more with each change
            bytes      BLOB    NOT NULL          -- the update, signed and complete
        );
        """;

    // A shard of followers comes in the order of their ids. So do their rows here, and hundreds of them share a page where each had one of its own.
    private const string DevicesInOrder = """
        ALTER TABLE devices RENAME TO devices_before;
        ALTER TABLE registrations RENAME TO registrations_before;
        CREATE TABLE devices (
            device     BLOB    PRIMARY KEY,      -- SHA-256 of its key's name
            version    INTEGER NOT NULL,         -- one more with each change
            look_at    INTEGER NOT NULL,         -- by the sweep; ticks, UTC
            state      BLOB    NOT NULL          -- protobuf (Records/device.proto); JSON if older
        ) WITHOUT ROWID;
        CREATE TABLE registrations (
            device       BLOB  PRIMARY KEY,
            registration BLOB  NOT NULL          -- protobuf; where hints go is encrypted in it
        ) WITHOUT ROWID;
        INSERT INTO devices SELECT device, version, look_at, state FROM devices_before ORDER BY device;
        INSERT INTO registrations SELECT device, registration FROM registrations_before ORDER BY device;
        DROP TABLE devices_before;
        DROP TABLE registrations_before;
        CREATE INDEX devices_look_at ON devices (look_at);
        """;

    private static readonly string[] Steps = [Names, JobsAndContentUses, Quarantine, Devices, MirrorFeeds, DevicesInOrder];

    /// <summary>
    /// Opens a database for writing, after bringing a new or older one up to date. All steps are one transaction, so a crash in between is made
    /// good at the next opening, and a new database waits for the disk once.
    /// </summary>
    /// <exception cref="NewerSchemaException">The database is ahead of this version.</exception>
    public static Session Open(string file)
    {
        var session = Session.OpenWriter(file);
        try
        {
            var version = session.Number("PRAGMA user_version");
            if (version > Steps.Length) throw new NewerSchemaException(file, version, Steps.Length);
            if (version < Steps.Length) session.Run($"BEGIN IMMEDIATE; {string.Concat(Steps[(int)version..])} PRAGMA user_version = {Steps.Length}; COMMIT;");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
