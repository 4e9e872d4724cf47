//! From a pickle's value to the tensors of an archive.

use std::collections::{BTreeMap, HashMap};

use unmask_engine::{Error, Result};

use crate::archive::{Archive, Place};
use crate::pickle::{self, STORAGES, Tensor, Value};

/// Under these a training run puts the dictionary of tensors beside its own things.
const WRAPPERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// A tensor of an archive: its numbers lie one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its type, as safetensors calls it.
    pub dtype: &'static str,
    /// Numbers along each dimension.
    pub shape: Vec<u64>,
    /// Where its bytes are in the file.
    pub place: Place,
}

/// The tensors of the archive `file` by name.
///
/// # Errors
/// `bad_file` for a pickle that is refused, or a tensor that does not fit its storage.
pub(crate) fn tensors(file: &str, archive: &Archive) -> Result<BTreeMap<String, Stored>> {
    let value = pickle::read(&archive.pickle)
        .map_err(|reason| Error::bad_file(format!("{file}: its data.pkl {reason}")))?;
    let entries = state_dict(&value).ok_or_else(|| {
        Error::bad_file(format!(
            "{file} holds no dictionary of tensors; save model.state_dict()"
        ))
    })?;
    let mut tensors = BTreeMap::new();
    for (key, value) in entries {
        // What is no tensor is no weight: counters, settings.
        if let (Value::Text(name), Value::Tensor(tensor)) = (key, value) {
            let stored = stored(tensor, &archive.storages)
                .map_err(|reason| Error::bad_file(format!("{file}: tensor {name:?} {reason}")))?;
            tensors.insert(name.to_string(), stored);
        }
    }
    Ok(tensors)
}

/// The entries of the dictionary that holds tensors: the value itself, or an entry of it.
fn state_dict(value: &Value) -> Option<&[(Value, Value)]> {
    let entries = value.entries()?;
    let holds_tensors = entries
        .iter()
        .any(|(_, value)| matches!(value, Value::Tensor(_)));
    if holds_tensors {
        return Some(entries);
    }
    let inner = entries.iter().find_map(|(key, value)| match key {
        Value::Text(key) if WRAPPERS.contains(&&**key) => value.entries(),
        _ => None,
    });
    Some(inner.unwrap_or(entries))
}

fn stored(
    tensor: &Tensor,
    storages: &HashMap<String, Place>,
) -> std::result::Result<Stored, String> {
    let (_, dtype, bytes) = STORAGES[tensor.storage.kind];
    let count = tensor
        .shape
        .iter()
        .try_fold(1_u64, |count, dim| count.checked_mul(*dim));
    let count = count.ok_or_else(|| format!("has the impossible shape {:?}", tensor.shape))?;
    if !lies_in_rows(tensor) {
        return Err("is stored transposed or with gaps; save its contiguous()".into());
    }
    let key = &tensor.storage.key;
    let storage = storages.get(key);
    let storage =
        storage.ok_or_else(|| format!("is in the storage {key:?}, which is not there"))?;
    let room = tensor.storage.count.min(storage.length / bytes);
    match tensor.offset.checked_add(count) {
        Some(end) if end <= room => Ok(Stored {
            dtype,
            shape: tensor.shape.clone(),
            place: Place {
                start: storage.start + tensor.offset * bytes,
                length: count * bytes,
            },
        }),
        _ => Err(format!(
            "wants {count} numbers from number {} on of a storage of {room}; is the file truncated?",
            tensor.offset
        )),
    }
}

/// Whether the numbers follow each other, the last dimension first.
fn lies_in_rows(tensor: &Tensor) -> bool {
    if tensor.shape.len() != tensor.strides.len() {
        return false;
    }
    let mut expected = 1_u64;
    for (dim, stride) in tensor.shape.iter().zip(&tensor.strides).rev() {
        // A dimension of one has nowhere to go.
        if *dim > 1 && *stride != expected {
            return false;
        }
        expected = expected.saturating_mul(*dim);
    }
    true
}
