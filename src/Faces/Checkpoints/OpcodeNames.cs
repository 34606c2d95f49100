namespace Sightline.Faces.Checkpoints;

/// <summary>Names of the opcodes that are refused, as Python's pickletools writes them, so that an error says what was in the file.</summary>
internal static class OpcodeNames
{
    private static readonly Dictionary<char, string> Names = new()
    {
        ['i'] = "INST",
        ['o'] = "OBJ",
        ['\x81'] = "NEWOBJ",
        ['\x92'] = "NEWOBJ_EX",
        ['\x93'] = "STACK_GLOBAL",
        ['\x82'] = "EXT1",
        ['\x83'] = "EXT2",
        ['\x84'] = "EXT4",
        ['P'] = "PERSID",
        ['d'] = "DICT",
        ['l'] = "LIST",
        ['0'] = "POP",
        ['1'] = "POP_MARK",
        ['2'] = "DUP",
        ['p'] = "PUT",
        ['g'] = "GET",
        ['I'] = "INT",
        ['L'] = "LONG",
        ['F'] = "FLOAT",
        ['S'] = "STRING",
        ['T'] = "BINSTRING",
        ['U'] = "SHORT_BINSTRING",
        ['V'] = "UNICODE",
        ['\x8b'] = "LONG4",
        ['\x8c'] = "SHORT_BINUNICODE",
        ['\x8d'] = "BINUNICODE8",
        ['\x8e'] = "BINBYTES8",
        ['B'] = "BINBYTES",
        ['C'] = "SHORT_BINBYTES",
        ['\x8f'] = "EMPTY_SET",
        ['\x90'] = "ADDITEMS",
        ['\x91'] = "FROZENSET",
        ['\x94'] = "MEMOIZE",
        ['\x95'] = "FRAME",
        ['\x96'] = "BYTEARRAY8",
        ['\x97'] = "NEXT_BUFFER",
        ['\x98'] = "READONLY_BUFFER",
    };

    public static string Of(char opcode) => Names.TryGetValue(opcode, out var name) ? name : $"0x{(int)opcode:x2}";
}
