using KvStore.Core.Search;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyCursorTests
{
    [Fact]
    public void A_new_cursor_is_before_the_first_key()
    {
        new KeyCursor().After.Should().BeNull();
    }

    [Fact]
    public void A_cursor_keeps_its_own_copy_of_the_key()
    {
        var key = "ab"u8.ToArray();
        var cursor = KeyCursor.AfterKey(key);
        key[0] = (byte)'x';

        cursor.After.Should().Equal("ab"u8.ToArray());
    }
}
