using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace RemoteLog.Bench.Limits;

/// <summary>What SQLite commits in a second with the settings that the service uses, when each commit holds one row and when it holds 64.</summary>
internal static class SqliteLimits
{
    private const int Group = 64;
    private const int RowBytes = 640;

    public static Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        var folder = Directory.CreateTempSubdirectory("remotelog-bench-");
        List<double> single = [], grouped = [], milliseconds = [], groupMilliseconds = [];
        using (var connection = Open(folder))
        using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "INSERT INTO rows (bytes) VALUES (?1)";
            insert.Parameters.Add(new SqliteParameter { ParameterName = "?1", Value = new byte[RowBytes] });
            for (var round = 0; round <= effort.Rounds; round++)
            {
                progress($"SQLite commits, {(round == 0 ? "warming up" : $"round {round} of {effort.Rounds}")}");
                if (round == 0) (milliseconds, groupMilliseconds) = ([], []);
                var (one, many) = (PerSecond(insert, 1, effort, milliseconds), Group * PerSecond(insert, Group, effort, groupMilliseconds));
                if (round == 0) continue;
                single.Add(one);
                grouped.Add(many);
            }
        }
        folder.Delete(recursive: true);

        return Task.FromResult<IReadOnlyList<Measurement>>(
        [
            new("SQLite, a commit for each row", single.Median(), "rows/s") { P50 = milliseconds.Percentile(0.5), P99 = milliseconds.Percentile(0.99) },
            new($"SQLite, a commit for {Group} rows", grouped.Median(), "rows/s")
            {
                Limit = "a commit for each row",
                Ratio = grouped.Zip(single, (many, one) => many / one).Median(),
                P50 = groupMilliseconds.Percentile(0.5),
                P99 = groupMilliseconds.Percentile(0.99),
            },
        ]);
    }

    /// <summary>Durable in the same way as the service's own database (RemoteLog.Storage/Embedded/Session.cs).</summary>
    private static SqliteConnection Open(DirectoryInfo folder)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "bench.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 8000;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA cache_size = -65536;
            CREATE TABLE rows (bytes BLOB NOT NULL);
            """;
        command.ExecuteNonQuery();
        return connection;
    }

    private static double PerSecond(SqliteCommand insert, int rows, Effort effort, List<double> milliseconds)
    {
        var (start, commits) = (Stopwatch.GetTimestamp(), 0);
        for (; Stopwatch.GetElapsedTime(start) < effort.LimitTime; commits++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var transaction = insert.Connection!.BeginTransaction();
            insert.Transaction = transaction;
            for (var row = 0; row < rows; row++) insert.ExecuteNonQuery();
            transaction.Commit();
            milliseconds.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        return commits / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
