//! Readings of a block-causal model: its drafts verified one token at a time, and blocks behind a
//! causal context, against an explicit mask.

use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::session::{DeviceChoice, LoadedModel};
use unmask_engine::{Ask, Branch, LogitRules, Reading, Rows};

use crate::plain::{Plain, Token};
use crate::support::DEVICES;
use crate::{MASK, VOCABULARY, assert_record, ban, close, folder, in_blocks, read, row, rows};
use crate::{sequence, widely};

const BLOCK: u32 = 8;

/// The checkpoint in blocks on every executor that the machine has.
fn models() -> impl Iterator<Item = (DeviceChoice, LoadedModel)> {
    let open = |device| Some((device, in_blocks("llama", device, BLOCK)?));
    DEVICES.into_iter().filter_map(open)
}

fn ordinary(ids: &[u32]) -> Vec<Token> {
    let tokens = (0..).zip(ids);
    tokens
        .map(|(position, id)| Token { id: *id, position })
        .collect()
}

/// Where a block begins whose end, from 17 on, was drafted.
const START: u32 = 16;
const DRAFTED: std::ops::Range<u32> = 17..21;

/// Logits of the rows of `ids`, then of a MASK for each drafted position: the draft is causal in its
/// block, and a mask sees the draft strictly before itself, and itself
/// (`_construct_2l_verifier_attention_mask_bool`, phymhan/S2D2).
fn verified(ids: &[u32]) -> Vec<Vec<f64>> {
    let mut tokens = ordinary(ids);
    tokens.extend(DRAFTED.map(|position| Token { id: MASK, position }));
    let at = |token: usize| tokens[token].position;
    Plain::open(&folder("llama")).logits(&tokens, &|row, key| match (
        row < ids.len(),
        key < ids.len(),
    ) {
        (true, true) if at(row) < START => at(key) / BLOCK <= at(row) / BLOCK,
        (true, true) => key <= row,
        (false, true) => at(key) < at(row),
        (_, false) => row == key,
    })
}

#[test]
fn the_model_in_blocks_of_one_sees_what_is_before() {
    let ids = sequence(13, 21, VOCABULARY);
    let expected = verified(&ids);
    let none = LogitRules::NONE;
    let branch = |position: u32| Branch {
        tokens: vec![(position, MASK)],
        rows: vec![row(position, ids[position as usize])],
    };
    for (device, mut model) in models() {
        for (forward, fused) in [
            (Rows::All, true),
            (Rows::Changed, true),
            (Rows::Changed, false),
        ] {
            let label = format!("{device:?} {forward:?} fused {fused}");
            let own = vec![row(18, NO_TOKEN)];
            let ask = Ask {
                forward,
                reading: Reading::CausalFrom(START),
                branches: DRAFTED.map(branch).collect(),
                ..match fused {
                    true => Ask::records(own),
                    false => widely(own, &none),
                }
            };
            let found = read(&mut model, &ids, &ask).records;
            assert_eq!(found.len(), 1 + DRAFTED.len(), "{label}");
            let own = ban(expected[18].clone(), &[MASK]);
            assert_record(&label, &found[0], &own, NO_TOKEN);
            let masks = expected[ids.len()..].iter().zip(DRAFTED);
            for (record, (logits, position)) in found[1..].iter().zip(masks) {
                let logits = ban(logits.clone(), &[MASK]);
                assert_record(&label, record, &logits, ids[position as usize]);
            }
            leaves_nothing(&label, &mut model, &ids);
        }
    }
}

/// What a verified draft left is no block of the model: the next forward is as if alone.
fn leaves_nothing(label: &str, model: &mut LoadedModel, ids: &[u32]) {
    let again = Ask {
        forward: Rows::Changed,
        ..Ask::records(rows(ids))
    };
    let again = read(model, ids, &again).records;
    let alone = read(model, ids, &Ask::records(rows(ids))).records;
    for (again, alone) in again.iter().zip(&alone) {
        close(label, again.lse, f64::from(alone.lse), 1e-5);
    }
}

/// A draft, its verification and the next draft share what the causal forwards left.
#[test]
fn a_causal_context_is_kept_from_one_forward_to_the_next() {
    let ids = sequence(14, 19, VOCABULARY);
    let (plain, tokens) = (Plain::open(&folder("llama")), ordinary(&ids));
    let wanted: Vec<RecordRow> = (13..19).map(|r| row(r, NO_TOKEN)).collect();
    for (device, mut model) in models() {
        for start in [6, u32::MAX, 12, u32::MAX, 15] {
            let together = start as usize;
            let expected = plain.logits(&tokens, &|row, key| key <= row || row >= together);
            for forward in [Rows::Changed, Rows::All] {
                let label = format!("{device:?} {forward:?} from {start}");
                let is_kept = forward == Rows::Changed && start == 15;
                let ask = Ask {
                    forward,
                    reading: Reading::CausalUntil(start),
                    ..Ask::records(wanted.clone())
                };
                let found = read(&mut model, &ids, &ask);
                for (record, logits) in found.records.iter().zip(&expected[13..]) {
                    let logits = ban(logits.clone(), &[MASK]);
                    assert_record(&label, record, &logits, NO_TOKEN);
                }
                assert!(!is_kept || found.forwarded < 10, "{label}");
            }
        }
    }
}
