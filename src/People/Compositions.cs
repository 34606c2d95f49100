namespace Sightline.People;

/// <summary>
/// Which letter and combining mark make one character: the canonical compositions of Unicode 15 in the basic plane that names are written with
/// (UnicodeData.txt, field 5; those left out are of one character, and of mathematics).
/// </summary>
internal static class Compositions
{
    /// <param name="Sign">The combining mark.</param>
    /// <param name="Class">Its canonical combining class: marks on one letter are sorted by it, stably.</param>
    /// <param name="Pairs">Letter, letter with the mark, letter, letter with the mark...</param>
    internal readonly record struct Mark(char Sign, int Class, string Pairs);

    public static readonly Mark[] Marks =
    [
        new('\u0300', 230, "AÀEÈIÌNǸOÒUÙWẀYỲaàeèiìnǹoòuùwẁyỳ¨\u1FEDÂẦÊỀÔỒÜǛâầêềôồüǜĂẰăằĒḔēḕŌṐōṑƠỜơờƯỪưừΑ\u1FBAΕ\u1FC8Η\u1FCAΙ\u1FDA" +
            "Ο\u1FF8Υ\u1FEAΩ\u1FFAα\u1F70ε\u1F72η\u1F74ι\u1F76ο\u1F78υ\u1F7Aω\u1F7Cϊ\u1FD2ϋ\u1FE2ЕЀИЍеѐиѝ\u1F00\u1F02" +
            "\u1F01\u1F03\u1F08\u1F0A\u1F09\u1F0B\u1F10\u1F12\u1F11\u1F13\u1F18\u1F1A\u1F19\u1F1B\u1F20\u1F22\u1F21\u1F23" +
            "\u1F28\u1F2A\u1F29\u1F2B\u1F30\u1F32\u1F31\u1F33\u1F38\u1F3A\u1F39\u1F3B\u1F40\u1F42\u1F41\u1F43\u1F48\u1F4A" +
            "\u1F49\u1F4B\u1F50\u1F52\u1F51\u1F53\u1F59\u1F5B\u1F60\u1F62\u1F61\u1F63\u1F68\u1F6A\u1F69\u1F6B\u1FBF\u1FCD" +
            "\u1FFE\u1FDD"), // combining grave accent
        new('\u0301', 230, "AÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹaácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź¨΅ÂẤÅǺÆǼÇḈÊẾÏḮÔỐÕṌØǾÜǗâấåǻæǽçḉêếïḯôốõṍøǿ" +
            "üǘĂẮăắĒḖēḗŌṒōṓŨṸũṹƠỚơớƯỨưứΑΆΕΈΗΉΙΊΟΌΥΎΩΏαάεέηήιίοόυύωώϊΐϋΰϒϓГЃКЌгѓкќ\u1F00\u1F04\u1F01\u1F05\u1F08\u1F0C" +
            "\u1F09\u1F0D\u1F10\u1F14\u1F11\u1F15\u1F18\u1F1C\u1F19\u1F1D\u1F20\u1F24\u1F21\u1F25\u1F28\u1F2C\u1F29\u1F2D" +
            "\u1F30\u1F34\u1F31\u1F35\u1F38\u1F3C\u1F39\u1F3D\u1F40\u1F44\u1F41\u1F45\u1F48\u1F4C\u1F49\u1F4D\u1F50\u1F54" +
            "\u1F51\u1F55\u1F59\u1F5D\u1F60\u1F64\u1F61\u1F65\u1F68\u1F6C\u1F69\u1F6D\u1FBF\u1FCE\u1FFE\u1FDE"), // combining acute accent
        new('\u0302', 230, "AÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶZẐaâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑẠẬạậẸỆẹệỌỘọộ"), // combining circumflex accent
        new('\u0303', 230, "AÃEẼIĨNÑOÕUŨVṼYỸaãeẽiĩnñoõuũvṽyỹÂẪÊỄÔỖâẫêễôỗĂẴăẵƠỠơỡƯỮưữ"), // combining tilde
        new('\u0304', 230, "AĀEĒGḠIĪOŌUŪYȲaāeēgḡiīoōuūyȳÄǞÆǢÕȬÖȪÜǕäǟæǣõȭöȫüǖǪǬǫǭȦǠȧǡȮȰȯȱΑ\u1FB9Ι\u1FD9Υ\u1FE9α\u1FB1ι\u1FD1υ\u1FE1ИӢУӮиӣ" +
            "уӯḶḸḷḹṚṜṛṝ"), // combining macron
        new('\u0306', 230, "AĂEĔGĞIĬOŎUŬaăeĕgğiĭoŏuŭȨḜȩḝΑ\u1FB8Ι\u1FD8Υ\u1FE8α\u1FB0ι\u1FD0υ\u1FE0АӐЕӖЖӁИЙУЎаӑеӗжӂийуўẠẶạặ"), // combining breve
        new('\u0307', 230, "AȦBḂCĊDḊEĖFḞGĠHḢIİMṀNṄOȮPṖRṘSṠTṪWẆXẊYẎZŻaȧbḃcċdḋeėfḟgġhḣmṁnṅoȯpṗrṙsṡtṫwẇxẋyẏzżŚṤśṥŠṦšṧſẛṢṨṣṩ"), // combining dot above
        new('\u0308', 230, "AÄEËHḦIÏOÖUÜWẄXẌYŸaäeëhḧiïoötẗuüwẅxẍyÿÕṎõṏŪṺūṻΙΪΥΫιϊυϋϒϔІЇАӒЕЁЖӜЗӞИӤОӦУӰЧӴЫӸЭӬаӓеёжӝзӟиӥоӧуӱчӵыӹэӭіїӘӚәӛӨӪөӫ"), // combining diaeresis
        new('\u0309', 230, "AẢEẺIỈOỎUỦYỶaảeẻiỉoỏuủyỷÂẨÊỂÔỔâẩêểôổĂẲăẳƠỞơởƯỬưử"), // combining hook above
        new('\u030A', 230, "AÅUŮaåuůwẘyẙ"), // combining ring above
        new('\u030B', 230, "OŐUŰoőuűУӲуӳ"), // combining double acute accent
        new('\u030C', 230, "AǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽaǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzžÜǙüǚƷǮʒǯ"), // combining caron
        new('\u030F', 230, "AȀEȄIȈOȌRȐUȔaȁeȅiȉoȍrȑuȕѴѶѵѷ"), // combining double grave accent
        new('\u0311', 230, "AȂEȆIȊOȎRȒUȖaȃeȇiȋoȏrȓuȗ"), // combining inverted breve
        new('\u0313', 230, "Α\u1F08Ε\u1F18Η\u1F28Ι\u1F38Ο\u1F48Ω\u1F68α\u1F00ε\u1F10η\u1F20ι\u1F30ο\u1F40ρ\u1FE4υ\u1F50ω\u1F60"), // combining comma above
        new('\u0314', 230, "Α\u1F09Ε\u1F19Η\u1F29Ι\u1F39Ο\u1F49Ρ\u1FECΥ\u1F59Ω\u1F69α\u1F01ε\u1F11η\u1F21ι\u1F31ο\u1F41ρ\u1FE5υ\u1F51" +
            "ω\u1F61"), // combining reversed comma above
        new('\u031B', 216, "OƠUƯoơuư"), // combining horn
        new('\u0323', 220, "AẠBḄDḌEẸHḤIỊKḲLḶMṂNṆOỌRṚSṢTṬUỤVṾWẈYỴZẒaạbḅdḍeẹhḥiịkḳlḷmṃnṇoọrṛsṣtṭuụvṿwẉyỵzẓƠỢơợƯỰưự"), // combining dot below
        new('\u0324', 220, "UṲuṳ"), // combining diaeresis below
        new('\u0325', 220, "AḀaḁ"), // combining ring below
        new('\u0326', 220, "SȘTȚsștț"), // combining comma below
        new('\u0327', 202, "CÇDḐEȨGĢHḨKĶLĻNŅRŖSŞTŢcçdḑeȩgģhḩkķlļnņrŗsştţ"), // combining cedilla
        new('\u0328', 202, "AĄEĘIĮOǪUŲaąeęiįoǫuų"), // combining ogonek
        new('\u032D', 220, "DḒEḘLḼNṊTṰUṶdḓeḙlḽnṋtṱuṷ"), // combining circumflex accent below
        new('\u032E', 220, "HḪhḫ"), // combining breve below
        new('\u0330', 220, "EḚIḬUṴeḛiḭuṵ"), // combining tilde below
        new('\u0331', 220, "BḆDḎKḴLḺNṈRṞTṮZẔbḇdḏhẖkḵlḻnṉrṟtṯzẕ"), // combining macron below
        new('\u0342', 230, "¨\u1FC1α\u1FB6η\u1FC6ι\u1FD6υ\u1FE6ω\u1FF6ϊ\u1FD7ϋ\u1FE7\u1F00\u1F06\u1F01\u1F07\u1F08\u1F0E\u1F09\u1F0F" +
            "\u1F20\u1F26\u1F21\u1F27\u1F28\u1F2E\u1F29\u1F2F\u1F30\u1F36\u1F31\u1F37\u1F38\u1F3E\u1F39\u1F3F\u1F50\u1F56" +
            "\u1F51\u1F57\u1F59\u1F5F\u1F60\u1F66\u1F61\u1F67\u1F68\u1F6E\u1F69\u1F6F\u1FBF\u1FCF\u1FFE\u1FDF"), // combining greek perispomeni
        new('\u0345', 240, "Α\u1FBCΗ\u1FCCΩ\u1FFCά\u1FB4ή\u1FC4α\u1FB3η\u1FC3ω\u1FF3ώ\u1FF4\u1F00\u1F80\u1F01\u1F81\u1F02\u1F82" +
            "\u1F03\u1F83\u1F04\u1F84\u1F05\u1F85\u1F06\u1F86\u1F07\u1F87\u1F08\u1F88\u1F09\u1F89\u1F0A\u1F8A\u1F0B\u1F8B" +
            "\u1F0C\u1F8C\u1F0D\u1F8D\u1F0E\u1F8E\u1F0F\u1F8F\u1F20\u1F90\u1F21\u1F91\u1F22\u1F92\u1F23\u1F93\u1F24\u1F94" +
            "\u1F25\u1F95\u1F26\u1F96\u1F27\u1F97\u1F28\u1F98\u1F29\u1F99\u1F2A\u1F9A\u1F2B\u1F9B\u1F2C\u1F9C\u1F2D\u1F9D" +
            "\u1F2E\u1F9E\u1F2F\u1F9F\u1F60\u1FA0\u1F61\u1FA1\u1F62\u1FA2\u1F63\u1FA3\u1F64\u1FA4\u1F65\u1FA5\u1F66\u1FA6" +
            "\u1F67\u1FA7\u1F68\u1FA8\u1F69\u1FA9\u1F6A\u1FAA\u1F6B\u1FAB\u1F6C\u1FAC\u1F6D\u1FAD\u1F6E\u1FAE\u1F6F\u1FAF" +
            "\u1F70\u1FB2\u1F74\u1FC2\u1F7C\u1FF2\u1FB6\u1FB7\u1FC6\u1FC7\u1FF6\u1FF7"), // combining greek ypogegrammeni
        new('\u0653', 230, "\u0627\u0622"), // arabic maddah above
        new('\u0654', 230, "\u0627\u0623\u0648\u0624\u064A\u0626\u06C1\u06C2\u06D2\u06D3\u06D5\u06C0"), // arabic hamza above
        new('\u0655', 220, "\u0627\u0625"), // arabic hamza below
        new('\u093C', 7, "\u0928\u0929\u0930\u0931\u0933\u0934"), // devanagari sign nukta
        new('\u09BE', 0, "\u09C7\u09CB"), // bengali vowel sign aa
        new('\u09D7', 0, "\u09C7\u09CC"), // bengali au length mark
        new('\u0B3E', 0, "\u0B47\u0B4B"), // oriya vowel sign aa
        new('\u0B56', 0, "\u0B47\u0B48"), // oriya ai length mark
        new('\u0B57', 0, "\u0B47\u0B4C"), // oriya au length mark
        new('\u0BBE', 0, "\u0BC6\u0BCA\u0BC7\u0BCB"), // tamil vowel sign aa
        new('\u0BD7', 0, "\u0B92\u0B94\u0BC6\u0BCC"), // tamil au length mark
        new('\u0C56', 91, "\u0C46\u0C48"), // telugu ai length mark
        new('\u0CC2', 0, "\u0CC6\u0CCA"), // kannada vowel sign uu
        new('\u0CD5', 0, "\u0CBF\u0CC0\u0CC6\u0CC7\u0CCA\u0CCB"), // kannada length mark
        new('\u0CD6', 0, "\u0CC6\u0CC8"), // kannada ai length mark
        new('\u0D3E', 0, "\u0D46\u0D4A\u0D47\u0D4B"), // malayalam vowel sign aa
        new('\u0D57', 0, "\u0D46\u0D4C"), // malayalam au length mark
        new('\u0DCA', 9, "\u0DD9\u0DDA\u0DDC\u0DDD"), // sinhala sign al-lakuna
        new('\u0DCF', 0, "\u0DD9\u0DDC"), // sinhala vowel sign aela-pilla
        new('\u0DDF', 0, "\u0DD9\u0DDE"), // sinhala vowel sign gayanukitta
        new('\u102E', 0, "\u1025\u1026"), // myanmar vowel sign ii
        new('\u1B35', 0, "\u1B05\u1B06\u1B07\u1B08\u1B09\u1B0A\u1B0B\u1B0C\u1B0D\u1B0E\u1B11\u1B12\u1B3A\u1B3B\u1B3C\u1B3D\u1B3E\u1B40" +
            "\u1B3F\u1B41\u1B42\u1B43"), // balinese vowel sign tedung
        new('\u3099', 8, "\u3046\u3094\u304B\u304C\u304D\u304E\u304F\u3050\u3051\u3052\u3053\u3054\u3055\u3056\u3057\u3058\u3059\u305A" +
            "\u305B\u305C\u305D\u305E\u305F\u3060\u3061\u3062\u3064\u3065\u3066\u3067\u3068\u3069\u306F\u3070\u3072\u3073" +
            "\u3075\u3076\u3078\u3079\u307B\u307C\u309D\u309E\u30A6\u30F4\u30AB\u30AC\u30AD\u30AE\u30AF\u30B0\u30B1\u30B2" +
            "\u30B3\u30B4\u30B5\u30B6\u30B7\u30B8\u30B9\u30BA\u30BB\u30BC\u30BD\u30BE\u30BF\u30C0\u30C1\u30C2\u30C4\u30C5" +
            "\u30C6\u30C7\u30C8\u30C9\u30CF\u30D0\u30D2\u30D3\u30D5\u30D6\u30D8\u30D9\u30DB\u30DC\u30EF\u30F7\u30F0\u30F8" +
            "\u30F1\u30F9\u30F2\u30FA\u30FD\u30FE"), // combining katakana-hiragana voiced sound mark
        new('\u309A', 8, "\u306F\u3071\u3072\u3074\u3075\u3077\u3078\u307A\u307B\u307D\u30CF\u30D1\u30D2\u30D4\u30D5\u30D7\u30D8\u30DA" +
            "\u30DB\u30DD"), // combining katakana-hiragana semi-voiced sound mark
    ];
}
