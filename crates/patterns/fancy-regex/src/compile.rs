//! Trees to programs.

use crate::machine::{Op, Program};
use crate::parse::{Look, Node};
use crate::{Error, Result};

/// Counted repetitions are written out, and within each other they multiply.
const LONGEST: usize = 100_000;

/// The program of a pattern.
pub fn program(node: &Node) -> Result<Program> {
    let mut program = Program {
        ops: Vec::new(),
        marks: 0,
        at_start: starts_text(node),
    };
    add(&mut program, node)?;
    push(&mut program, Op::Done)?;
    Ok(program)
}

/// Whether a match can only be at the start of the text.
fn starts_text(node: &Node) -> bool {
    match node {
        Node::Look(Look::TextStart) => true,
        Node::Concat(nodes) => nodes.first().is_some_and(starts_text),
        _ => false,
    }
}

/// Returns where the instruction stands.
fn push(program: &mut Program, op: Op) -> Result<usize> {
    if program.ops.len() >= LONGEST {
        return Err(Error("the pattern is too large".to_owned()));
    }
    program.ops.push(op);
    Ok(program.ops.len() - 1)
}

fn add(program: &mut Program, node: &Node) -> Result<()> {
    match node {
        Node::Set(set) => push(program, Op::Set(set.clone())).map(|_| ()),
        Node::Look(look) => push(program, Op::Look(*look)).map(|_| ()),
        Node::Concat(nodes) => nodes.iter().try_for_each(|node| add(program, node)),
        Node::Alternate(nodes) => add_alternatives(program, nodes),
        Node::Repeat {
            body,
            min,
            max,
            greedy,
        } => match (&**body, greedy) {
            (Node::Set(set), true) => {
                let (min, max) = (*min, max.unwrap_or(usize::MAX));
                let set = set.clone();
                push(program, Op::Span { set, min, max }).map(|_| ())
            }
            _ => add_repetition(program, body, (*min, *max), *greedy),
        },
        Node::Atomic(body) => {
            let op = push(program, Op::Atomic { next: 0 })?;
            add(program, body)?;
            let next = push(program, Op::Done)? + 1;
            program.ops[op] = Op::Atomic { next };
            Ok(())
        }
        Node::Around {
            body,
            ahead,
            negative,
        } => {
            let op = push(program, Op::Done)?;
            add(program, body)?;
            let next = push(program, Op::Done)? + 1;
            let behind = (!ahead).then(|| width(body));
            let negative = *negative;
            program.ops[op] = Op::Around {
                behind,
                negative,
                next,
            };
            Ok(())
        }
    }
}

fn add_alternatives(program: &mut Program, nodes: &[Node]) -> Result<()> {
    let mut jumps = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        if i + 1 == nodes.len() {
            add(program, node)?;
            break;
        }
        let split = push(program, Op::Done)?;
        add(program, node)?;
        jumps.push(push(program, Op::Done)?);
        let other = program.ops.len();
        program.ops[split] = Op::Split {
            first: split + 1,
            other,
        };
    }
    let end = program.ops.len();
    for jump in jumps {
        program.ops[jump] = Op::Jump(end);
    }
    Ok(())
}

fn add_repetition(
    program: &mut Program,
    body: &Node,
    (min, max): (usize, Option<usize>),
    greedy: bool,
) -> Result<()> {
    for _ in 0..min {
        add(program, body)?;
        // Copies of nothing would be made without ever reaching the limit.
        if matches!(body, Node::Concat(nodes) if nodes.is_empty()) {
            return Ok(());
        }
    }
    let mut splits = Vec::new();
    let mut advances = Vec::new();
    match max {
        Some(max) => {
            for _ in min..max {
                splits.push(push(program, Op::Done)?);
                add(program, body)?;
            }
        }
        None => {
            let mark = program.marks;
            program.marks += 1;
            let split = push(program, Op::Done)?;
            splits.push(split);
            push(program, Op::Mark(mark))?;
            add(program, body)?;
            advances.push((push(program, Op::Done)?, mark));
            push(program, Op::Jump(split))?;
        }
    }
    let end = program.ops.len();
    for split in splits {
        let (first, other) = match greedy {
            true => (split + 1, end),
            false => (end, split + 1),
        };
        program.ops[split] = Op::Split { first, other };
    }
    for (advance, mark) in advances {
        program.ops[advance] = Op::ExitUnlessAdvanced { mark, end };
    }
    Ok(())
}

/// The fewest and most characters a match can have.
fn width(node: &Node) -> (usize, usize) {
    match node {
        Node::Set(_) => (1, 1),
        Node::Look(_) | Node::Around { .. } => (0, 0),
        Node::Atomic(body) => width(body),
        Node::Concat(nodes) => nodes.iter().map(width).fold((0, 0), |sum, width| {
            let max = sum.1.saturating_add(width.1);
            (sum.0.saturating_add(width.0), max)
        }),
        Node::Alternate(nodes) => nodes
            .iter()
            .map(width)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .unwrap_or((0, 0)),
        Node::Repeat { body, min, max, .. } => {
            let (least, most) = width(body);
            let max = max.unwrap_or(usize::MAX);
            (least.saturating_mul(*min), most.saturating_mul(max))
        }
    }
}
