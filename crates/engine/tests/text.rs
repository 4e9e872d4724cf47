//! The tokenizer, its chat template and partial decoding, on the embedded model's real files.

use std::path::PathBuf;

use proptest::prelude::*;
use tokenizers::Tokenizer;
use unmask_engine::ErrorCode;
use unmask_engine::text::{ChatMessage, TextCodec};

const MASK: u32 = 1;

fn tiny(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny");
    std::fs::read(folder.join(file)).unwrap()
}

fn tiny_codec() -> TextCodec {
    let config = tiny("tokenizer_config.json");
    TextCodec::from_bytes(&tiny("tokenizer.json"), Some(&config), None).unwrap()
}

thread_local! {
    // Reading the file takes a while in a debug build, and properties run hundreds of times.
    static CODEC: TextCodec = tiny_codec();
    static ORACLE: Tokenizer = Tokenizer::from_bytes(tiny("tokenizer.json")).unwrap();
}

#[test]
fn text_round_trips() {
    let codec = tiny_codec();
    for text in ["Once upon a time", "1 + 23 = 24\n", "naïve 😀 漢字", ""] {
        assert_eq!(codec.decode(&codec.encode(text).unwrap()), text);
    }
    assert_eq!(codec.vocabulary_size(), 4096);
    assert_eq!(codec.id("<|user|>"), Some(2));
    assert_eq!(codec.token(2).as_deref(), Some("<|user|>"));
    assert_eq!(codec.id("no such token"), None);
}

#[test]
fn specials_are_recognised_and_not_shown() {
    let codec = tiny_codec();
    let ids = codec.encode("a<|mask|><|end|>b").unwrap();
    assert_eq!(ids[1..3], [1, 0]);
    assert_eq!(codec.decode(&ids), "ab");
    assert_eq!(codec.pieces(&ids, MASK), ["a", "", "", "b"]);
    // Vocabularies are padded, so a network may propose ids without a token.
    assert_eq!(codec.pieces(&[4096, u32::MAX], MASK), ["", ""]);
}

#[test]
fn line_breaks_are_found_in_tokens() {
    let codec = tiny_codec();
    let size = codec.vocabulary_size() as u32;
    let found = codec.ids_with_line_breaks(size);
    let all = (0..size).filter(|&id| codec.decode(&[id]).contains('\n'));
    assert_eq!(found, all.collect::<Vec<u32>>());
    assert!(!found.is_empty());
    assert!(codec.ids_with_line_breaks(0).is_empty());
}

#[test]
fn the_mask_token_is_named_or_commonly_spelled() {
    assert_eq!(tiny_codec().mask_token_id(), Some(1));
    let unnamed = TextCodec::from_bytes(&tiny("tokenizer.json"), None, None).unwrap();
    assert_eq!(unnamed.mask_token_id(), Some(1));
    let without = String::from_utf8(tiny("tokenizer.json")).unwrap();
    let without = without.replace("<|mask|>", "<|other|>");
    let without = TextCodec::from_bytes(without.as_bytes(), None, None).unwrap();
    assert_eq!(without.mask_token_id(), None);
    let config = br#"{"mask_token": {"content": "<|end|>"}}"#;
    let named = TextCodec::from_bytes(&tiny("tokenizer.json"), Some(config), None).unwrap();
    assert_eq!(named.mask_token_id(), Some(0));
}

#[test]
fn the_chat_template_writes_the_trained_form() {
    let codec = tiny_codec();
    let ids = codec.chat(&[ChatMessage::user("What is 2+3?")]).unwrap();
    let expected = codec.encode("<|user|>What is 2+3?<|assistant|>").unwrap();
    assert_eq!(ids, expected);
    let turn = |role: &str, content: &str| ChatMessage {
        role: role.into(),
        content: content.into(),
    };
    let turns = [turn("user", "a"), turn("assistant", "b"), turn("user", "c")];
    let form = "<|user|>a<|assistant|>b<|end|><|user|>c<|assistant|>";
    assert_eq!(codec.chat(&turns).unwrap(), codec.encode(form).unwrap());
    let error = codec.chat(&[turn("wizard", "a")]).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadInput);
    assert!(error.message.contains("wizard"), "{}", error.message);
}

#[test]
fn a_template_from_elsewhere_wins_and_none_is_an_error() {
    let json = tiny("tokenizer.json");
    let config = tiny("tokenizer_config.json");
    let other = "{{ messages[0].content }}{{ eos_token }}";
    let codec = TextCodec::from_bytes(&json, Some(&config), Some(other)).unwrap();
    let ids = codec.chat(&[ChatMessage::user("Hi")]).unwrap();
    assert_eq!(ids, codec.encode("Hi<|end|>").unwrap());
    let bare = TextCodec::from_bytes(&json, None, None).unwrap();
    assert!(!bare.has_chat_template());
    let error = bare.chat(&[ChatMessage::user("Hi")]).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadInput);
}

#[test]
fn corrupt_files_say_what_to_do() {
    let json = tiny("tokenizer.json");
    for bytes in [&json[..json.len() / 2], b"", b"{}", b"\xFF\xFE"] {
        let error = TextCodec::from_bytes(bytes, None, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::BadFile);
        assert!(error.message.contains("tokenizer.json"));
        assert!(error.message.contains("get the file again"));
    }
    let error = TextCodec::from_bytes(&json, Some(b"{"), None).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadFile);
}

#[test]
fn truncation_and_padding_of_the_file_are_ignored() {
    let mut json: serde_json::Value = serde_json::from_slice(&tiny("tokenizer.json")).unwrap();
    json["truncation"] = serde_json::json!({"direction": "Right", "max_length": 2,
        "strategy": "LongestFirst", "stride": 0});
    json["padding"] = serde_json::json!({"strategy": {"Fixed": 64}, "direction": "Right",
        "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "<|end|>"});
    let codec = TextCodec::from_bytes(json.to_string().as_bytes(), None, None).unwrap();
    let text = "a text of many tokens, none of which may go missing";
    assert_eq!(codec.encode(text), tiny_codec().encode(text));
}

#[test]
fn a_turn_ends_where_the_template_says() {
    let mut json: serde_json::Value = serde_json::from_slice(&tiny("tokenizer.json")).unwrap();
    let added = json["added_tokens"].as_array_mut().unwrap();
    let mut token = added[0].clone();
    token["id"] = 4096.into();
    token["content"] = "<|im_end|>".into();
    added.push(token);
    let json = json.to_string();
    let ends = |template| {
        let codec = TextCodec::from_bytes(json.as_bytes(), None, template).unwrap();
        codec.turn_ends()
    };
    assert_eq!(
        ends(Some("{{ 'x' + '<|im_end|>' + '<|eot_id|>' }}")),
        [4096]
    );
    assert_eq!(ends(Some("{{ 'x' }}")), [0; 0]);
    assert_eq!(ends(None), [0; 0]);
}

/// A tokenizer of whole words `vocab` with the given decoder.
fn word_codec(vocab: &[&str], decoder: &serde_json::Value) -> (TextCodec, Tokenizer) {
    let ids: serde_json::Map<String, serde_json::Value> = vocab
        .iter()
        .enumerate()
        .map(|(id, token)| ((*token).to_owned(), id.into()))
        .collect();
    let added = serde_json::json!([{"id": 0, "content": "[MASK]", "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false, "special": true}]);
    let json = serde_json::json!({"version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added, "normalizer": null, "pre_tokenizer": null, "post_processor": null,
        "decoder": decoder, "model": {"type": "BPE", "vocab": ids, "merges": []}})
    .to_string();
    let codec = TextCodec::from_bytes(json.as_bytes(), None, None).unwrap();
    (codec, Tokenizer::from_bytes(json).unwrap())
}

const FALLBACK_VOCAB: [&str; 12] = [
    "[MASK]", "▁Hi", "▁", "there", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<0xC3>", "<0xA9>",
    "<0x41>", "é",
];

fn fallback_codec() -> (TextCodec, Tokenizer) {
    let replace =
        serde_json::json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "});
    let strip = serde_json::json!({"type": "Strip", "content": " ", "start": 1, "stop": 0});
    let stages = serde_json::json!([replace, {"type": "ByteFallback"}, {"type": "Fuse"}, strip]);
    word_codec(
        &FALLBACK_VOCAB,
        &serde_json::json!({"type": "Sequence", "decoders": stages}),
    )
}

#[test]
fn byte_fallback_pieces_show_whole_characters() {
    let (codec, _) = fallback_codec();
    let ids = [1, 4, 5, 6, 7, 2, 3];
    assert_eq!(
        codec.pieces(&ids, 0),
        ["Hi", "😀", "", "", "", " ", "there"]
    );
    assert_eq!(
        codec.pieces(&[1, 4, 5, 0, 7, 3], 0),
        ["Hi", "", "", "", "", "there"]
    );
    // The space in front stays while a mask may still come before it.
    assert_eq!(codec.pieces(&[0, 1], 0), ["", " Hi"]);
}

#[test]
fn unknown_decoders_still_add_up() {
    let vocab = ["[MASK]", "play", "##ing", "chess", ".", "don", "'", "t"];
    let decoder = serde_json::json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
    let (codec, _) = word_codec(&vocab, &decoder);
    assert_eq!(
        codec.pieces(&[1, 2, 3, 4], 0),
        ["play", "ing", " chess", "."]
    );
    assert_eq!(codec.pieces(&[1, 0, 3], 0), ["play", "", "chess"]);
    let (plain, _) = word_codec(&vocab, &serde_json::Value::Null);
    assert_eq!(plain.pieces(&[1, 3], 0), ["play", " chess"]);
}

/// Ids of the tiny model's tokens that are a single byte of 0x80 and above: shards of characters.
fn shard() -> impl Strategy<Value = u32> {
    let shards: Vec<u32> = ORACLE.with(|oracle| {
        let spelled = ('\u{A1}'..='\u{143}').filter_map(|c| oracle.token_to_id(&c.to_string()));
        spelled.collect()
    });
    prop::sample::select(shards)
}

/// Ids of all kinds: known, special, out of the vocabulary, shards of characters.
fn any_ids() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(
        prop_oneof![2 => 2..4200u32, 3 => shard(), 1 => Just(0u32)],
        0..40,
    )
}

/// Text whose characters often span tokens, and which of its positions are masked, over and over.
fn masked_text() -> impl Strategy<Value = (String, Vec<bool>)> {
    let text = r"([a-z ]|[😀-🙏]|[漢-語]|é|👩‍🚀|\PC){0,24}";
    (text, prop::collection::vec(any::<bool>(), 128))
}

fn is_broken(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

proptest! {
    #[test]
    fn pieces_of_a_complete_canvas_are_its_text(ids in any_ids()) {
        CODEC.with(|codec| {
            let text = codec.decode(&ids);
            prop_assert_eq!(&text, &ORACLE.with(|oracle| oracle.decode(&ids, true).unwrap()));
            prop_assert_eq!(codec.pieces(&ids, MASK).concat(), text);
            Ok(())
        })?;
    }

    #[test]
    fn masks_never_show_broken_characters((text, masked) in masked_text()) {
        CODEC.with(|codec| {
            let ids = codec.encode(&text).unwrap();
            let whole = codec.pieces(&ids, MASK);
            prop_assert_eq!(whole.concat(), text);
            let partial: Vec<u32> =
                ids.iter().zip(masked.iter().cycle()).map(|(&id, &mask)| if mask { MASK } else { id }).collect();
            for (position, piece) in codec.pieces(&partial, MASK).into_iter().enumerate() {
                prop_assert!(!is_broken(&piece) || is_broken(&whole[position]));
                prop_assert!(whole[position].starts_with(&piece));
                prop_assert!(partial[position] != MASK || piece.is_empty());
            }
            Ok(())
        })?;
    }

    #[test]
    fn random_ids_and_masks_never_fail(ids in any_ids(), masked in prop::collection::vec(any::<bool>(), 40)) {
        let partial: Vec<u32> =
            ids.iter().zip(&masked).map(|(&id, &mask)| if mask { MASK } else { id }).collect();
        let pieces = CODEC.with(|codec| codec.pieces(&partial, MASK));
        prop_assert_eq!(pieces.len(), partial.len());
    }

    #[test]
    fn byte_fallback_pieces_add_up(ids in prop::collection::vec(1..14u32, 0..16)) {
        let (codec, oracle) = fallback_codec();
        let text = oracle.decode(&ids, true).unwrap();
        prop_assert_eq!(&codec.decode(&ids), &text);
        prop_assert_eq!(codec.pieces(&ids, 0).concat(), text);
    }

    #[test]
    fn wordpiece_pieces_add_up(ids in prop::collection::vec(1..9u32, 0..16)) {
        let vocab = ["[MASK]", "play", "##ing", "chess", ".", "do", "n't", "'"];
        let decoder = serde_json::json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
        let (codec, oracle) = word_codec(&vocab, &decoder);
        prop_assert_eq!(codec.pieces(&ids, 0).concat(), oracle.decode(&ids, true).unwrap());
    }
}
