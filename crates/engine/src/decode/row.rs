//! A record together with the position it describes.

use bytemuck::Zeroable;

use super::{Commit, Plan, Vocabulary};
use crate::{Error, ErrorCode, Record, Result};

/// The statistics of the prediction for one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Absolute position.
    pub position: u32,
    /// What the network says about it.
    pub record: Record,
}

impl Row {
    /// Pairs the records of a forward with the positions it was asked for.
    ///
    /// # Errors
    /// `gpu` when a record is missing or cannot have come from a working head.
    pub(super) fn pair(
        plan: &Plan,
        records: &[Record],
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Self>> {
        if records.len() != plan.records.len() {
            return Err(broken_head(&format!(
                "it returned {} records for {} positions",
                records.len(),
                plan.records.len()
            )));
        }
        let rows = plan.records.iter().zip(records);
        rows.map(|(&position, &record)| Self { position, record }.checked(vocabulary))
            .collect()
    }

    /// Accepting what the row proposes.
    ///
    /// The confidence is `exp(l_samp - lse)` under both conventions: they differ in the space
    /// that the record was taken in (raw logits, or tempered), so it is already the right one.
    #[must_use]
    pub fn commit(&self) -> Commit {
        Commit {
            position: self.position,
            id: self.record.samp,
            confidence: self.record.proposal_confidence(),
        }
    }

    /// A kernel that did not run leaves zeros and one that went wrong leaves NaN: neither may
    /// become text.
    fn checked(self, vocabulary: &Vocabulary) -> Result<Self> {
        let Self { position, record } = self;
        let proposed = record.samp;
        let complaint = if record == Record::zeroed() {
            "the record was never written".to_owned()
        } else if proposed >= vocabulary.size || proposed == vocabulary.mask_id {
            format!("it proposes token {proposed}, which is MASK or outside the vocabulary")
        } else if !record.proposal_confidence().is_finite() {
            "its confidence is not a number".to_owned()
        } else {
            return Ok(self);
        };
        Err(broken_head(&format!("position {position}: {complaint}")))
    }
}

fn broken_head(complaint: &str) -> Error {
    Error::new(
        ErrorCode::Gpu,
        format!(
            "the output head gave no usable statistics: {complaint}. Try another device or dtype"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(samp: u32, l_samp: f32) -> Record {
        Record {
            samp,
            l_samp,
            ..Record::zeroed()
        }
    }

    fn pair(records: &[Record]) -> Result<Vec<Row>> {
        let plan = Plan {
            records: vec![4],
            step: 0,
        };
        let vocabulary = Vocabulary {
            mask_id: 9,
            stop_ids: vec![],
            pad_id: None,
            size: 10,
        };
        Row::pair(&plan, records, &vocabulary)
    }

    #[test]
    fn the_confidence_is_that_of_the_proposed_token() {
        let rows = pair(&[record(3, -1.0)]).unwrap();
        let commit = rows[0].commit();
        assert_eq!((commit.position, commit.id), (4, 3));
        assert_eq!(commit.confidence, (-1.0f32).exp());
    }

    #[test]
    fn a_broken_head_is_an_error_and_never_text() {
        for records in [
            vec![],
            vec![record(3, -1.0); 2],
            vec![Record::zeroed()],
            vec![record(9, -1.0)],
            vec![record(10, -1.0)],
            vec![record(3, f32::NAN)],
        ] {
            assert_eq!(pair(&records).unwrap_err().code, ErrorCode::Gpu);
        }
    }
}
