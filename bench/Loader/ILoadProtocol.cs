using System.Buffers;

namespace Loader;

/// <summary>How a server is told to store keys, and how it says that it has.</summary>
/// <remarks>Thread safe: the connections share one.</remarks>
internal interface ILoadProtocol
{
    /// <summary>How many keys one request stores at the most.</summary>
    int KeysOfRequest { get; }

    /// <summary>Appends a request that stores <paramref name="count"/> keys from number <paramref name="first"/> on.</summary>
    void WriteRequest(IBufferWriter<byte> output, long first, int count);

    /// <summary>The length of the first answer in <paramref name="received"/>; 0 if it is not all there.</summary>
    /// <exception cref="InvalidDataException">The answer is not the one expected.</exception>
    int ReadAnswer(ReadOnlySpan<byte> received);
}
