//! Steps that are taken at once are the steps that would have been taken one at a time.

use proptest::prelude::*;
use unmask_engine::decode::{
    Canvas, DecodeOptions, Driver, Forward, Frame, Lead, Led, Order, Plan, Proposal, Readout,
    Segment, method::Choice,
};
use unmask_engine::{ErrorCode, Record, Result};

use crate::agreement::{Case, case};
use crate::toy::{MASK, STOP, Toy, driver, run, vocabulary};

/// The toy on a device that takes steps by itself.
struct Device {
    toy: Toy,
    /// Takes something else than the rule says in every second step.
    strays: bool,
    /// Asked for steps so many times, and given so many.
    asked: u32,
    taken: u32,
}

impl Device {
    fn new(toy: Toy) -> Self {
        Self {
            toy,
            strays: false,
            asked: 0,
            taken: 0,
        }
    }
}

impl Forward for Device {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        self.asked += 1;
        self.taken += 1;
        self.toy.forward(canvas, plan, proposal).await
    }

    async fn forward_ahead(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
        lead: &Lead,
    ) -> Result<(u32, Vec<Led>)> {
        self.asked += 1;
        let mut ids = canvas.ids().to_vec();
        let mut steps = Vec::new();
        for (step, counts) in lead.rule.counts.iter().enumerate() {
            let now = Canvas::new(&[], &[Segment::Pinned(ids.clone())], MASK);
            let at = Plan {
                step: plan.step + step as u32,
                ..plan.clone()
            };
            let records = self.toy.forward(&now, &at, proposal).await?.records;
            let mut taken = taken(&ids, plan, &records, lead, *counts);
            if self.strays && step % 2 == 1 {
                taken.pop();
            }
            for &row in &taken {
                ids[plan.records[row] as usize] = records[row].samp;
            }
            let committed = (0..records.len()).map(|row| taken.contains(&row)).collect();
            steps.push(Led { records, committed });
            if is_over(&ids, plan, lead) {
                break;
            }
        }
        self.taken += steps.len() as u32;
        Ok((canvas.len(), steps))
    }
}

/// The rows that the rule takes, worked out from its description.
fn taken(
    ids: &[u32],
    plan: &Plan,
    records: &[Record],
    lead: &Lead,
    counts: [u32; 2],
) -> Vec<usize> {
    let rule = &lead.rule;
    let mut ranked: Vec<usize> = (0..records.len())
        .filter(|row| ids[plan.records[*row] as usize] == MASK)
        .collect();
    let score = |row: usize| match rule.order {
        Order::Confidence => records[row].l_samp - records[row].lse,
        Order::Entropy => -records[row].ent,
    };
    ranked.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
    let fails = |rank: usize| {
        let entropies = ranked[..=rank].iter().map(|row| records[*row].ent);
        let sum: f32 = entropies.clone().sum();
        let bar = rule.bars[rank.min(rule.bars.len() - 1)];
        sum - entropies.fold(0.0, f32::max) > rule.gamma + 1e-6 || score(ranked[rank]) < bar
    };
    let passing = (0..ranked.len()).take_while(|rank| !fails(*rank)).count();
    let count = passing.max(counts[0] as usize).min(counts[1] as usize);
    ranked.truncate(count);
    ranked
}

fn is_over(ids: &[u32], plan: &Plan, lead: &Lead) -> bool {
    let open = plan
        .records
        .iter()
        .find(|position| ids[**position as usize] == MASK);
    let Some(&open) = open else {
        return true;
    };
    let ends = |position: &u32| ids[*position as usize] == STOP;
    let stop = (lead.text_start..ids.len() as u32).find(ends);
    stop.is_some_and(|stop| stop < open)
}

fn methods() -> impl Strategy<Value = Choice> {
    let entropies = ["entropy", "confidence"].map(|order| {
        let choice = Choice::new("entropy_bound").with_word("order", order);
        // The device of this test adds up in another way, so that no sum may be at the bound.
        (0.0..=3.0f32).prop_map(move |gamma| choice.clone().with("gamma", gamma + 1.23e-4))
    });
    let [entropy, confidence] = entropies;
    prop_oneof![
        (0.0..=1.0f32).prop_map(|at| Choice::new("threshold").with("threshold", at)),
        (1..40u32).prop_map(|steps| Choice::new("even").with("steps", steps)),
        (0.0..=3.0f32).prop_map(|factor| Choice::new("factor").with("factor", factor)),
        entropy,
        confidence,
    ]
}

fn exits() -> impl Strategy<Value = Choice> {
    let rules = ["first_open", "block", "anywhere_after_block", "whole_block"];
    let eos = prop::sample::select(rules.to_vec());
    prop_oneof![
        eos.prop_map(|rule| Choice::new("eos").with_word("rule", rule)),
        Just(Choice::new("full")),
    ]
}

/// The run of a case, `unroll` steps at a time, and the device that made it.
fn decode(
    case: &Case,
    select: &Choice,
    exit: &Choice,
    unroll: u32,
    strays: bool,
) -> (Vec<Frame>, Device) {
    let options = DecodeOptions {
        exit: exit.clone(),
        unroll,
        ..case.options(select.clone())
    };
    let segments = [Segment::Pinned(case.template.clone())];
    let canvas = Canvas::new(&case.prompt, &segments, MASK);
    let mut device = Device::new(case.toy);
    device.strays = strays;
    let (frames, _) = run(driver(canvas, &options), &mut device);
    (frames, device)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn frames_are_those_of_one_step_at_a_time(
        case in case(), select in methods(), exit in exits(), unroll in 2..9u32,
    ) {
        let (one, device) = decode(&case, &select, &exit, 1, false);
        prop_assert_eq!(device.asked as usize, one.len());
        let (several, device) = decode(&case, &select, &exit, unroll, false);
        prop_assert_eq!(&several, &one);
        // Nothing that was taken was dropped, so the device decided as the pieces did.
        prop_assert_eq!(device.taken as usize, one.len());
    }

    #[test]
    fn a_device_that_decides_otherwise_is_not_believed(
        case in case(), select in methods(), exit in exits(), unroll in 2..9u32,
    ) {
        let (one, _) = decode(&case, &select, &exit, 1, false);
        let (several, _) = decode(&case, &select, &exit, unroll, true);
        prop_assert_eq!(several, one);
    }
}

fn open(length: u32) -> Canvas {
    Canvas::new(&[], &[Segment::Masked(length)], MASK)
}

#[test]
fn steps_are_taken_at_once() {
    let options = DecodeOptions {
        select: Choice::new("even"),
        exit: Choice::new("full"),
        unroll: 8,
        ..DecodeOptions::default()
    };
    let mut device = Device::new(Toy { seed: 3 });
    let (frames, _) = run(driver(open(19), &options), &mut device);
    assert_eq!(frames.len(), 19);
    assert_eq!(device.asked, 2 + 1 + 1, "8, 8, 2 and 1");
}

#[test]
fn what_wants_to_see_every_step_is_named() {
    let eight = || DecodeOptions {
        unroll: 8,
        ..DecodeOptions::default()
    };
    let refusal = |options: DecodeOptions| {
        let error = Driver::new(open(4), vocabulary(), &options)
            .err()
            .expect("is refused");
        assert_eq!(error.code, ErrorCode::BadInput);
        error.message
    };
    let select = |choice| DecodeOptions {
        select: choice,
        ..eight()
    };
    assert!(refusal(select(Choice::new("klass"))).contains("select"));
    let margin = Choice::new("entropy_bound").with_word("order", "margin");
    assert!(refusal(select(margin)).contains("margin"));
    let revise = Choice::new("wino");
    assert!(refusal(DecodeOptions { revise, ..eight() }).contains("revise"));
    let structure = Choice::new("adablock");
    assert!(
        refusal(DecodeOptions {
            structure,
            ..eight()
        })
        .contains("structure")
    );
    let exit = Choice::new("prophet");
    assert!(refusal(DecodeOptions { exit, ..eight() }).contains("exit"));
    let cache = Choice::new("delayed");
    assert!(refusal(DecodeOptions { cache, ..eight() }).contains("cache"));
    let proposal = Proposal {
        top_k: Some(4),
        ..Proposal::default()
    };
    assert!(
        refusal(DecodeOptions {
            proposal,
            ..eight()
        })
        .contains("top_k")
    );
    let many = DecodeOptions {
        unroll: 65,
        ..DecodeOptions::default()
    };
    assert!(refusal(many).contains("unroll"));
    assert!(Driver::new(open(4), vocabulary(), &eight()).is_ok());
}
