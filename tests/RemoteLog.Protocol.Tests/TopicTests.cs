namespace RemoteLog.Protocol.Tests;

public sealed class TopicTests
{
    private static readonly TopicsPart Topics = VectorFile.Read<NamesFile>("names").Topics;

    public static IEnumerable<TheoryDataRow<string>> Good => VectorFile.Rows(Topics.Good, topic => topic);

    public static IEnumerable<TheoryDataRow<BadTopic>> Bad => VectorFile.Rows(Topics.Bad, topic => topic.Reason);

    [Theory, MemberData(nameof(Good))]
    public void A_good_topic_is_read_as_it_is(string text) => Assert.Equal(text, Topic.Parse(text).Value);

    [Theory, MemberData(nameof(Bad))]
    public void A_bad_topic_is_refused(BadTopic vector)
    {
        Assert.False(Topic.TryParse(vector.Topic, out var topic));
        Assert.Null(topic);
        Assert.Throws<FormatException>(() => Topic.Parse(vector.Topic));
    }

    [Fact]
    public void Of_all_single_characters_only_the_listed_ones_are_topics()
    {
        var accepted = Enumerable.Range(0, char.MaxValue + 1).Select(letter => (char)letter).Where(letter => Topic.TryParse(letter.ToString(), out _));

        Assert.Equal("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", string.Concat(accepted));
    }

    [Fact]
    public void Every_topic_is_read_from_its_text() => Any.ForEach(Any.Topic, topic => Topic.TryParse(topic.ToString(), out var read) && read == topic);

    [Fact]
    public void A_log_is_read_from_its_text_and_from_its_parts() => Any.ForEach(Any.Log, log =>
        LogName.TryParse(log.ToString(), out var read) && read.Equals(log) && read.Id == log.Id
        && LogName.TryParse(log.Owner.Name, log.Topic.Value, out var joined) && joined.Equals(log));

    [Fact]
    public void A_log_with_a_part_missing_or_too_many_is_refused()
    {
        var owner = VectorKeys.Names.First();

        Assert.All(["", "/", owner, $"{owner}/", "/chat", $"{owner}/chat/", $"{owner}/chat/more", $"/{owner}/chat", $"{owner}//chat", $"chat/{owner}"],
            text => Assert.False(LogName.TryParse(text, out _)));
        Assert.False(LogName.TryParse(null, out _));
        Assert.Throws<FormatException>(() => LogName.Parse(owner));
    }

    public sealed record BadTopic(string Topic, string Reason);

    private sealed record NamesFile(TopicsPart Topics);

    private sealed record TopicsPart(string[] Good, BadTopic[] Bad);
}
