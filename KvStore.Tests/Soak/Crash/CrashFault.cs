namespace KvStore.Tests.Soak.Crash;

/// <summary>Something that cannot be where no acknowledged or shown write is lost.</summary>
internal sealed class CrashFault(string message) : Exception(message)
{
    public static void ThrowIf(bool isWrong, FormattableString message)
    {
        if (isWrong)
        {
            throw new CrashFault(FormattableString.Invariant(message));
        }
    }

    public static void ThrowIf(string? wrong)
    {
        if (wrong is not null)
        {
            throw new CrashFault(wrong);
        }
    }
}
