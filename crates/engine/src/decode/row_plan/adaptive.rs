//! Long intervals for the prompt, short ones for the answer, and between them what moved most
//! (dLLM-Cache).

use super::super::method::{Method, Parameter};
use super::{Block, Canvas, Layers, Plan, RowPlan, Rows, Splice, full_attention};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "dllm",
    doc: "Forwards the prompt seldom and everything behind it in every step, but between its refreshes each layer computes only the positions whose values moved most; the others keep what attention and the feed-forward network last added to them. An approximation; rows are counted by the part of a layer that is computed.",
    source: "dLLM-Cache, arXiv 2506.06295",
    parameters: &[
        Parameter::count(
            "prompt",
            1,
            50,
            "The prompt is computed again after so many forwards.",
        ),
        Parameter::count(
            "response",
            1,
            4,
            "What is behind it is computed wholly after so many forwards.",
        ),
        Parameter::probability(
            "ratio",
            0.25,
            "Part of what is behind the prompt that the other forwards compute.",
        ),
    ],
    build: |values, setup| {
        full_attention("dllm", setup)?;
        let canvas = setup.canvas;
        let first = canvas.masked_in(0..canvas.len()).next();
        Ok(Box::new(AdaptiveCache {
            from: first.unwrap_or(canvas.len()),
            prompt: values.count("prompt"),
            response: values.count("response"),
            ratio: values.real("ratio"),
            forwards: 0,
        }))
    },
};

/// The prompt every `prompt` forwards, the response wholly every `response` ones and by the part
/// `ratio` in the others.
pub struct AdaptiveCache {
    /// The first position behind the prompt: behind what is given before the first mask.
    from: u32,
    prompt: u32,
    response: u32,
    ratio: f32,
    /// Forwards since everything was computed anew.
    forwards: u32,
}

impl RowPlan for AdaptiveCache {
    fn plan(&mut self, canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        let [with_prompt, whole] =
            [self.prompt, self.response].map(|interval| self.forwards.is_multiple_of(interval));
        self.forwards += 1;
        let from = self.from;
        let first = if with_prompt { 0 } else { from };
        Plan {
            layers: Layers::Adapt {
                from,
                ratio: if whole { 1.0 } else { self.ratio },
            },
            ..Plan::new(Rows::among(first..canvas.len(), canvas), wanted, step)
        }
    }

    fn spliced(&mut self, _splice: &Splice) {
        // Positions moved: what was kept of them is nobody's any more.
        self.forwards = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::method::{Choice, Setup, build};
    use crate::decode::{Segment, Vocabulary};

    fn caching(prompt: u32, response: u32, ratio: f32) -> AdaptiveCache {
        AdaptiveCache {
            from: 3,
            prompt,
            response,
            ratio,
            forwards: 0,
        }
    }

    /// Rows and the part of the response that is computed.
    fn steps(cache: &mut AdaptiveCache, count: u32) -> Vec<(usize, f32)> {
        let canvas = Canvas::new(&[1, 1, 1], &[Segment::Masked(5)], 0);
        let step = |number| {
            let plan = cache.plan(&canvas, &Block::new(0, 3, 8), &[4], number);
            match (plan.rows, plan.layers) {
                (Rows::Chosen { rows, .. }, Layers::Adapt { from: 3, ratio }) => {
                    (rows.len(), ratio)
                }
                other => panic!("{other:?}"),
            }
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn what_is_given_before_the_first_mask_is_the_prompt() {
        let built = |segments: &[Segment]| {
            let canvas = Canvas::new(&[1, 1], segments, 0);
            let setup = Setup {
                canvas: &canvas,
                vocabulary: &Vocabulary::default(),
                block: None,
                grid: None,
                tri_mode: false,
                seed: 0,
            };
            let choice = Choice::new("dllm");
            let mut plan = build("cache", &[METHOD], &choice, &setup).expect("builds");
            match plan.plan(&canvas, &Block::new(0, 0, 1), &[0], 0).layers {
                Layers::Adapt { from, .. } => from,
                other => panic!("{other:?}"),
            }
        };
        let given = || Segment::Pinned(vec![7]);
        assert_eq!(built(&[Segment::Masked(3)]), 2);
        assert_eq!(built(&[given(), Segment::Masked(2), given()]), 3);
        assert_eq!(built(&[given()]), 3);
    }

    #[test]
    fn prompt_and_response_have_intervals_of_their_own() {
        let mut cache = caching(3, 2, 0.25);
        let expected = [
            (8, 1.0),
            (5, 0.25),
            (5, 1.0),
            (8, 0.25),
            (5, 1.0),
            (5, 0.25),
            (8, 1.0),
        ];
        assert_eq!(steps(&mut cache, 7), expected);
        let mut always = caching(1, 1, 0.0);
        assert_eq!(steps(&mut always, 3), [(8, 1.0); 3]);
    }

    #[test]
    fn a_change_of_length_makes_everything_old() {
        let mut cache = caching(9, 9, 0.5);
        assert_eq!(steps(&mut cache, 2), [(8, 1.0), (5, 0.5)]);
        cache.spliced(&Splice {
            at: 3,
            removed: 0,
            inserted: vec![0],
        });
        assert_eq!(steps(&mut cache, 1), [(8, 1.0)]);
    }
}
