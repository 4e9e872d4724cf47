//! A pickle machine that can build a dictionary of tensors, and nothing else.
//!
//! Operations push values on a stack, gather them, and keep some in a memo. Names of Python objects
//! come from a list of ours; "calling" one of them makes a value of ours. Source: CPython,
//! `Lib/pickletools.py`; PyTorch, `torch/_utils.py` and `torch/serialization.py`.

use std::collections::HashMap;
use std::rc::Rc;

/// Values on the stack at a time: Python's pickler gathers a thousand pairs.
const MOST_VALUES: usize = 10_000;

/// Values kept to be used again.
const MOST_KEPT: usize = 1 << 20;

/// Values within values. A dictionary of tensors needs seven.
const DEEPEST: u32 = 32;

/// Longest description of a bad pickle, characters: it may quote what it found there.
const LONGEST_NAME: usize = 200;

/// Why a pickle was not read.
pub type Refusal = String;

type Step<T = ()> = Result<T, Refusal>;

/// The types of numbers: the name of their storage in `torch`, theirs in safetensors, bytes.
pub const STORAGES: [(&str, &str, u64); 10] = [
    ("DoubleStorage", "F64", 8),
    ("FloatStorage", "F32", 4),
    ("HalfStorage", "F16", 2),
    ("BFloat16Storage", "BF16", 2),
    ("LongStorage", "I64", 8),
    ("IntStorage", "I32", 4),
    ("ShortStorage", "I16", 2),
    ("CharStorage", "I8", 1),
    ("ByteStorage", "U8", 1),
    ("BoolStorage", "BOOL", 1),
];

/// Names that a pickle may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`
    RebuildParameter,
    /// An entry of [`STORAGES`].
    Storage(usize),
}

/// A storage: the file of the archive that has it, and its type.
#[derive(Debug, PartialEq, Eq)]
pub struct Storage {
    /// Its name below `data/`.
    pub key: String,
    /// Index in [`STORAGES`].
    pub kind: usize,
    /// Numbers in it.
    pub count: u64,
}

/// A tensor: a window on a storage. In numbers, not bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Where its numbers are.
    pub storage: Rc<Storage>,
    /// The first of them.
    pub offset: u64,
    /// Numbers along each dimension.
    pub shape: Vec<u64>,
    /// Numbers from one to the next of each dimension.
    pub strides: Vec<u64>,
}

/// Values one after the other, and how deep they go.
#[derive(Debug)]
pub struct Items<T> {
    items: Vec<T>,
    depth: u32,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`, and numbers that nobody needs.
    Nothing,
    /// `True` and `False`.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A text.
    Text(Rc<str>),
    /// A tuple.
    Tuple(Rc<Items<Value>>),
    /// A list, whose contents nobody needs.
    List,
    /// A dictionary.
    Dict(Rc<Items<(Value, Value)>>),
    /// A tensor.
    Tensor(Rc<Tensor>),
    /// A storage.
    Storage(Rc<Storage>),
    /// A name.
    Global(Global),
    /// What a memo has of something that was still growing.
    Unfinished,
}

impl Value {
    fn depth(&self) -> u32 {
        match self {
            Self::Tuple(items) => items.depth,
            Self::Dict(items) => items.depth,
            _ => 0,
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "a flag",
            Self::Whole(_) => "a number",
            Self::Text(_) => "a text",
            Self::Tuple(_) => "a tuple",
            Self::List => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Tensor(_) => "a tensor",
            Self::Storage(_) => "a storage",
            Self::Global(_) => "a name",
            Self::Unfinished => "something unfinished",
        }
    }

    /// The entries of a dictionary.
    #[must_use]
    pub fn entries(&self) -> Option<&[(Value, Value)]> {
        match self {
            Self::Dict(items) => Some(&items.items),
            _ => None,
        }
    }
}

/// Runs the pickle in `bytes`; its value.
///
/// # Errors
/// What is wrong with it: an operation or a name that no dictionary of tensors needs, or an end where
/// more should follow.
pub fn read(bytes: &[u8]) -> Result<Value, Refusal> {
    let mut machine = Machine {
        bytes,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    loop {
        let at = machine.at;
        let operation = machine.byte()?;
        if operation == b'.' {
            return machine.pop();
        }
        let done = machine.step(operation);
        done.map_err(|reason| format!("{reason} (operation 0x{operation:02x} at byte {at})"))?;
        if machine.stack.len() > MOST_VALUES {
            return Err(format!("gathers more than {MOST_VALUES} values at a time"));
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    /// Where gathering began, the innermost last.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl<'a> Machine<'a> {
    fn take(&mut self, count: u64) -> Step<&'a [u8]> {
        let count = usize::try_from(count).map_err(|_| "is truncated")?;
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..count).ok_or("is truncated")?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Step<[u8; N]> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("N bytes were taken"))
    }

    fn byte(&mut self) -> Step<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Step<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The bytes up to the end of the line.
    fn line(&mut self) -> Step<&'a str> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(length.ok_or("is truncated")? as u64)?;
        self.at += 1;
        std::str::from_utf8(line).map_err(|_| "has a name that is not UTF-8".into())
    }

    fn pop(&mut self) -> Step<Value> {
        // What lies below a mark is another gathering's.
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > floor {
            true => Ok(self.stack.pop().expect("the stack is not empty")),
            false => Err("takes a value where there is none".into()),
        }
    }

    /// The values since the last mark.
    fn gathered(&mut self) -> Step<Vec<Value>> {
        let mark = self
            .marks
            .pop()
            .ok_or("ends a gathering that never began")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn step(&mut self, operation: u8) -> Step {
        match operation {
            // The version and the lengths of frames say nothing that is needed.
            0x80 => self.byte().map(drop),
            0x95 => self.array::<8>().map(drop),
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memorise(operation),
            b'(' | b')' | b't' | 0x85..=0x87 | b']' | b'}' | b'a' | b'e' | b's' | b'u' => {
                self.gather(operation)
            }
            b'c' | 0x93 | b'Q' | b'R' | b'b' => self.make(operation),
            _ => {
                let value = self.literal(operation)?;
                self.push(value)
            }
        }
    }

    /// Numbers and texts.
    fn literal(&mut self, operation: u8) -> Step<Value> {
        match operation {
            b'N' => Ok(Value::Nothing),
            0x88 => Ok(Value::Flag(true)),
            0x89 => Ok(Value::Flag(false)),
            b'G' => self.array::<8>().map(|_| Value::Nothing),
            b'K' => Ok(Value::Whole(i64::from(self.byte()?))),
            b'M' => Ok(Value::Whole(i64::from(u16::from_le_bytes(self.array()?)))),
            b'J' => Ok(Value::Whole(i64::from(i32::from_le_bytes(self.array()?)))),
            0x8a => self.long(),
            b'X' => {
                let length = u64::from(self.u32()?);
                self.text(length)
            }
            0x8c => {
                let length = u64::from(self.byte()?);
                self.text(length)
            }
            0x8d => {
                let length = u64::from_le_bytes(self.array()?);
                self.text(length)
            }
            _ => Err("has an operation that no dictionary of tensors needs".into()),
        }
    }

    /// Keeps a value, or asks for one that was kept.
    fn memorise(&mut self, operation: u8) -> Step {
        let index = match operation {
            0x94 => self.memo.len() as u32,
            b'q' | b'h' => u32::from(self.byte()?),
            _ => self.u32()?,
        };
        match operation {
            b'h' | b'j' => self.recall(index),
            _ => self.keep(index),
        }
    }

    /// Values that hold others.
    fn gather(&mut self, operation: u8) -> Step {
        match operation {
            b'(' => {
                self.marks.push(self.stack.len());
                match self.marks.len() > MOST_VALUES {
                    true => Err("begins too many gatherings".into()),
                    false => Ok(()),
                }
            }
            b')' => self.tuple(Vec::new()),
            b't' => {
                let items = self.gathered()?;
                self.tuple(items)
            }
            0x85..=0x87 => {
                let items = (0x84..operation).map(|_| self.pop());
                let mut items = items.collect::<Step<Vec<Value>>>()?;
                items.reverse();
                self.tuple(items)
            }
            b']' => self.push(Value::List),
            b'}' => self.push(empty()),
            // What goes into a list is not needed.
            b'a' => self.pop().map(drop),
            b'e' => self.gathered().map(drop),
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![(key, value)])
            }
            _ => {
                let items = self.gathered()?;
                self.extend(pairs(items)?)
            }
        }
    }

    /// What a program makes by names: here, storages and tensors.
    fn make(&mut self, operation: u8) -> Step {
        let made = match operation {
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                global(module, name)?
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (&module, &name) {
                    (Value::Text(module), Value::Text(name)) => global(module, name)?,
                    _ => return Err("names something by what is no text".into()),
                }
            }
            b'Q' => storage(&self.pop()?)?,
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                call(&function, &arguments)?
            }
            // The attributes of a dictionary: versions of modules.
            _ => return self.pop().map(drop),
        };
        self.push(made)
    }

    fn push(&mut self, value: Value) -> Step {
        self.stack.push(value);
        Ok(())
    }

    /// A whole number of so many bytes; nobody needs more than eight.
    fn long(&mut self) -> Step<Value> {
        let length = self.byte()?;
        let bytes = self.take(u64::from(length))?;
        let Some((last, _)) = bytes.split_last() else {
            return Ok(Value::Whole(0));
        };
        if bytes.len() > 8 {
            return Ok(Value::Nothing);
        }
        let sign = if last & 0x80 == 0 { 0 } else { 0xff };
        let mut wide = [sign; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        Ok(Value::Whole(i64::from_le_bytes(wide)))
    }

    fn text(&mut self, length: u64) -> Step<Value> {
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(_) => Err("has a text that is not UTF-8".into()),
        }
    }

    fn tuple(&mut self, items: Vec<Value>) -> Step {
        let depth = deeper(items.iter().map(Value::depth))?;
        self.push(Value::Tuple(Rc::new(Items { items, depth })))
    }

    /// Keeps what is on top. A dictionary is kept before it is filled, and never asked for.
    fn keep(&mut self, index: u32) -> Step {
        let value = match self.stack.last() {
            Some(Value::Dict(_) | Value::List) => Value::Unfinished,
            Some(value) => value.clone(),
            None => return Err("keeps a value where there is none".into()),
        };
        self.memo.insert(index, value);
        match self.memo.len() > MOST_KEPT {
            true => Err(format!("keeps more than {MOST_KEPT} values")),
            false => Ok(()),
        }
    }

    fn recall(&mut self, index: u32) -> Step {
        match self.memo.get(&index) {
            Some(Value::Unfinished) => Err("uses a dictionary or a list twice".into()),
            Some(value) => {
                self.stack.push(value.clone());
                Ok(())
            }
            None => Err(format!("asks for value {index}, which was never kept")),
        }
    }

    /// Adds entries to the dictionary on top.
    fn extend(&mut self, entries: Vec<(Value, Value)>) -> Step {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get_mut(floor..).and_then(<[Value]>::last_mut);
        let Some(Value::Dict(items)) = top else {
            return Err("adds an entry to what is no dictionary".into());
        };
        let depths = entries
            .iter()
            .map(|(key, value)| key.depth().max(value.depth()));
        let depth = deeper(depths)?.max(items.depth);
        let items = Rc::get_mut(items).ok_or("uses a dictionary twice")?;
        items.depth = depth;
        items.items.extend(entries);
        Ok(())
    }
}

/// A dictionary without entries.
fn empty() -> Value {
    let items = Vec::new();
    Value::Dict(Rc::new(Items { items, depth: 1 }))
}

/// One more than the deepest of `depths`.
fn deeper(depths: impl Iterator<Item = u32>) -> Step<u32> {
    let depth = 1 + depths.max().unwrap_or(0);
    match depth > DEEPEST {
        true => Err(format!(
            "has values within values, more than {DEEPEST} deep"
        )),
        false => Ok(depth),
    }
}

fn pairs(items: Vec<Value>) -> Step<Vec<(Value, Value)>> {
    if !items.len().is_multiple_of(2) {
        return Err("has a key without a value".into());
    }
    let mut items = items.into_iter();
    Ok(std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect())
}

fn global(module: &str, name: &str) -> Step<Value> {
    let known = match (module, name) {
        ("collections", "OrderedDict") => Some(Global::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2") => Some(Global::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Some(Global::RebuildParameter),
        ("torch", _) => {
            let kind = STORAGES.iter().position(|(storage, ..)| *storage == name);
            kind.map(Global::Storage)
        }
        _ => None,
    };
    known.map(Value::Global).ok_or_else(|| {
        let named: String = format!("{module}.{name}")
            .chars()
            .take(LONGEST_NAME)
            .collect();
        format!(
            "names {named:?}, which no dictionary of tensors needs; nothing of a pickle is ever run"
        )
    })
}

/// The storage that a persistent id names: `("storage", type, key, place, count)`.
fn storage(id: &Value) -> Step<Value> {
    let Value::Tuple(items) = id else {
        return Err(format!("has {} for a storage", id.what()));
    };
    match items.items.as_slice() {
        [
            Value::Text(word),
            Value::Global(Global::Storage(kind)),
            Value::Text(key),
            Value::Text(_),
            Value::Whole(count),
        ] if &**word == "storage" => Ok(Value::Storage(Rc::new(Storage {
            key: key.to_string(),
            kind: *kind,
            count: u64::try_from(*count).map_err(|_| "has a storage of a negative length")?,
        }))),
        _ => Err("has a storage that is described in another way than torch.save does".into()),
    }
}

/// What a call of `function` makes.
fn call(function: &Value, arguments: &Value) -> Step<Value> {
    let (Value::Global(function), Value::Tuple(arguments)) = (function, arguments) else {
        return Err(format!(
            "calls {} with {}",
            function.what(),
            arguments.what()
        ));
    };
    match (function, arguments.items.as_slice()) {
        (Global::OrderedDict, []) => Ok(empty()),
        (
            Global::RebuildTensor,
            [
                Value::Storage(storage),
                Value::Whole(offset),
                shape,
                strides,
                ..,
            ],
        ) => Ok(Value::Tensor(Rc::new(Tensor {
            storage: Rc::clone(storage),
            offset: u64::try_from(*offset).map_err(|_| "has a tensor before its storage")?,
            shape: lengths(shape)?,
            strides: lengths(strides)?,
        }))),
        (Global::RebuildParameter, [Value::Tensor(tensor), ..]) => {
            Ok(Value::Tensor(Rc::clone(tensor)))
        }
        _ => Err("makes a tensor in another way than torch.save does".into()),
    }
}

fn lengths(tuple: &Value) -> Step<Vec<u64>> {
    let Value::Tuple(items) = tuple else {
        return Err(format!("has {} for a shape", tuple.what()));
    };
    let length = |item: &Value| match item {
        Value::Whole(length) => u64::try_from(*length).map_err(|_| "has a negative length".into()),
        _ => Err(format!("has {} for a length", item.what())),
    };
    items.items.iter().map(length).collect()
}
