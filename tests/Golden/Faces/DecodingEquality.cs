using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Golden.Faces;

public sealed class DecodingEquality
{
    // SHA-256 of width, height (32-bit little-endian) and the RGB bytes as another decoder gives them (Pillow 9.4 with zlib).
    public static TheoryData<string, string> Images => new()
    {
        { "aligned112/img1.png", "7de0a8a74cdd8c41e3b37d136d16b03cdeddbe75ef1045132872a3755f1f18b1" },
        { "aligned112/img12.png", "696a7d8d153d34d32f106b10a1acd3db66c58f06815acbadb26065fe6029c9cd" },
        { "aligned112/img16.png", "727312de0e17f4aaa2bdf75be1b7ac71b08e2cfb08e25d838bef256df36c4034" },
        { "aligned112/img19.png", "9d89efdd59e104639170c4cd6b8f042b637e2592e7c6d100ae5e228df760055e" },
        { "aligned112/img22.png", "bce197ef24528d89b9bb737355dbce20a267880583ee6f84f278767ac0d39e7f" },
        { "aligned112/img25.png", "f606c910d014fed247e6c030e6e8a90dae76ff261b8f694f34ab1a96afc7be87" },
        { "aligned112/img3.png", "7a08944e69ee6e32cde3f86c87054dd41d4b00e46cf4cd318a5f3bdda7d4b2cb" },
        { "aligned112/img8.png", "bfafe3ad0279a1c8f2611eb1cf3cd55f388a845968099b58cf75c8c8778056d5" },
        { "aligned112/kate_siegel.png", "f99d1b3f49e00ec1d7213115f9de7b18f5074739c5d985a5cc55b12212db613d" },
        { "aligned112/multiface.png", "f977eb7b34b1abd658336fb1d2d9d819a6a8f9d017659725e8f0522a6cfbd88f" },
        { "aligned112/paul_rudd.png", "9066f5202c1d5f573abd9be9d62900038103b146be1addc1c2fd895acd894b56" },
        { "images/img1.png", "e60a4f7c77c0149df4839f2df104b7e6b0571365e2002d4ac531f8d55b9c31e9" },
        { "images/img12.png", "85c145e27fb4093ccc1fcbbef55ead87c0594c6aac7903d7e1ad850fa907c6f9" },
        { "images/img16.png", "b0abe69e5f704a3ecdf0b4c436d905dd7edf35b92de00de30075cb696a8522d0" },
        { "images/img19.png", "a037a2dc4a6d316a4ed968e839442753e4238f3ba3e4c3b375a4281229e273ea" },
        { "images/img22.png", "e2f32c59d156086f3a4cffa62367933a8e05d05e4b56ba98b40f63cf79ff8db4" },
        { "images/img25.png", "6c5e0653f8c2b215d80d741d36a4e2a66373f840357581e2603e02d99fb89e85" },
        { "images/img3.png", "ea58251fef2fea8cf9dcca4029f82f0b7fd8b867c858e26cc28861aa26cb55d2" },
        { "images/img8.png", "2b92237d745ab1718268c7b1a552115c012531148e49dce22d4897f733b36f49" },
        { "images/kate_siegel.png", "676899f0e7c7eb9ed0310b8921dd8394d7482ae0747e7200366b0158eeda3e75" },
        { "images/multiface.png", "325544f17152d118344da1645dbd0f651f856b0f8ee664450839907409b2faf3" },
        { "images/paul_rudd.png", "6e2a2c0aad5730625ca4be0f506950ac5a37d1afa35e49c0bd22d83681d0254e" },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void A_golden_png_is_decoded_to_exactly_the_pixels_the_reference_saw(string file, string sha256)
    {
        var encoded = Shared.Read($"golden/{file}");

        Assert.True(ImageCodec.TryDecode(encoded, out var picture, out var problem), problem);

        byte[] bytes = [.. BitConverter.GetBytes(picture.Width), .. BitConverter.GetBytes(picture.Height), .. picture.Pixels];
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
