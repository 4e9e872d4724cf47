//! A record together with the position it describes.

use bytemuck::Zeroable;

use super::{Branch, Commit, Continuation, GATHER, Plan, Readout, Vocabulary};
use crate::{Error, ErrorCode, Record, Result};

/// The statistics of the prediction for one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Absolute position.
    pub position: u32,
    /// What the network says about it.
    pub record: Record,
    /// Logits of the ids that the select piece asked for; minus infinity where it asked for none.
    pub gathered: [f32; GATHER],
    /// KL divergence from the forward before, infinite where there was none.
    pub kl: f32,
}

impl Row {
    /// A row with nothing but its record.
    #[must_use]
    pub fn new(position: u32, record: Record) -> Self {
        Self {
            position,
            record,
            gathered: [f32::NEG_INFINITY; GATHER],
            kl: f32::INFINITY,
        }
    }

    /// Pairs what a forward returned with the positions it was asked for.
    ///
    /// # Errors
    /// `gpu` when something is missing or cannot have come from a working head.
    pub(super) fn pair(
        plan: &Plan,
        readout: &Readout,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Self>> {
        let mut rows = pair_records(&plan.records, &readout.records, vocabulary)?;
        let wanted = if plan.kl { plan.records.len() } else { 0 };
        let complete = readout.gathered.len() == plan.gather.len() && readout.kl.len() == wanted;
        if !complete {
            return Err(broken_head("gathered logits or divergences are missing"));
        }
        for (row, gathered) in rows.iter_mut().zip(&readout.gathered) {
            row.gathered = *gathered;
        }
        for (row, kl) in rows.iter_mut().zip(&readout.kl) {
            row.kl = *kl;
        }
        Ok(rows)
    }

    /// Pairs the shadow rows.
    ///
    /// # Errors
    /// As [`Row::pair`].
    pub(super) fn pair_shadows(
        plan: &Plan,
        readout: &Readout,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Self>> {
        pair_records(&plan.shadows, &readout.shadows, vocabulary)
    }

    /// Pairs the rows of each branch.
    ///
    /// # Errors
    /// As [`Row::pair`].
    pub(super) fn pair_branches(
        plan: &Plan,
        readout: &Readout,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Continuation>> {
        if readout.branches.len() != plan.branches.len() {
            return Err(broken_head("the records of a branch are missing"));
        }
        let branches = plan.branches.iter().zip(&readout.branches);
        let pair = |(branch, records): (&Branch, &Vec<Record>)| {
            Ok(Continuation {
                tokens: branch.tokens.clone(),
                rows: pair_records(&branch.records, records, vocabulary)?,
            })
        };
        branches.map(pair).collect()
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
        let Self {
            position, record, ..
        } = self;
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

fn pair_records(
    positions: &[u32],
    records: &[Record],
    vocabulary: &Vocabulary,
) -> Result<Vec<Row>> {
    if records.len() != positions.len() {
        return Err(broken_head(&format!(
            "it returned {} records for {} positions",
            records.len(),
            positions.len()
        )));
    }
    let rows = positions.iter().zip(records);
    rows.map(|(&position, &record)| Row::new(position, record).checked(vocabulary))
        .collect()
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
            ..Plan::default()
        };
        let vocabulary = Vocabulary {
            mask_id: 9,
            size: 10,
            ..Vocabulary::default()
        };
        let readout = Readout {
            records: records.to_vec(),
            ..Readout::default()
        };
        Row::pair(&plan, &readout, &vocabulary)
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
