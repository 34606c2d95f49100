namespace Sightline.Broker.Mqtt;

/// <summary>
/// Follows a stream of MQTT packets by their fixed headers, however the bytes are cut: a type byte, then one to four bytes of remaining length, seven bits
/// each. https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718023
/// </summary>
internal sealed class PacketLength
{
    private int _headerBytes;
    private int _length;
    private int _left;

    /// <summary>Complete packets so far.</summary>
    public long Packets { get; private set; }

    /// <summary>The largest length that these bytes completed the announcement of; null when they completed none.</summary>
    public int? Follow(ReadOnlySpan<byte> bytes)
    {
        int? largest = null;
        while (bytes.Length > 0)
        {
            if (_left > 0)
            {
                var skip = Math.Min(_left, bytes.Length);
                _left -= skip;
                bytes = bytes[skip..];
                if (_left == 0)
                    Packets++;
                continue;
            }

            var next = bytes[0];
            bytes = bytes[1..];
            if (_headerBytes++ == 0)
                continue;
            _length |= (next & 0x7F) << (7 * (_headerBytes - 2));
            if ((next & 0x80) != 0 && _headerBytes < 5)
                continue;
            largest = Math.Max(largest ?? 0, _length);
            _left = _length;
            if (_left == 0)
                Packets++;
            _headerBytes = 0;
            _length = 0;
        }

        return largest;
    }
}
