using Microsoft.Data.Sqlite;

namespace RemoteLog.Storage.Embedded;

/// <summary>One connection with the statements prepared on it. Not for two threads at once.</summary>
internal sealed class Session : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    private Session(string file, SqliteOpenMode mode, string settings)
    {
        // The library's own pooling would keep files open after we close them.
        var address = new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 5 };
        connection = new SqliteConnection(address.ToString());
        try
        {
            connection.Open();
            Run(settings);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether a transaction is open: some errors end one by themselves.</summary>
    public bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>
    /// The connection that writes. Each commit is flushed to disk before it returns (FULL; WAL's usual NORMAL may lose the last ones in a power cut).
    /// Copying the write-ahead log back into the database is put off until it is worth it: pages written many times are then copied once.
    /// </summary>
    public static Session OpenWriter(string file) => new(file, SqliteOpenMode.ReadWriteCreate, """
        PRAGMA busy_timeout = 5000;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 8000;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -65536;
        """);

    /// <summary>
    /// A connection that reads. Its own cache is small, because the system keeps the file for all of them. It does not map the file: each connection's map counts
    /// as memory of the process, so that a few of them over a large file pass any limit that somebody set for it.
    /// </summary>
    public static Session OpenReader(string file) => new(file, SqliteOpenMode.ReadOnly, """
        PRAGMA busy_timeout = 5000;
        PRAGMA cache_size = -2048;
        """);

    /// <summary>Runs statements that are not worth keeping.</summary>
    public void Run(string statements)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }

    /// <summary>Changes rows and says how many. <paramref name="sql"/> takes <paramref name="values"/> as ?1, ?2 and so on.</summary>
    public int Execute(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Reads rows; the reader must be disposed of before the next use of the same statement.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteReader();

    /// <summary>Reads one number.</summary>
    public long Number(string sql, params ReadOnlySpan<object> values) => (long)Prepare(sql, values).ExecuteScalar()!;

    public void Dispose()
    {
        foreach (var command in prepared.Values) command.Dispose();
        connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
            prepared.Add(sql, command);
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
