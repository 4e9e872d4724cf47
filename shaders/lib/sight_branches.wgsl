// Of several continuations of a sequence, each has a bit: a slot is seen by the rows of the branches that it is open to, up to `reach` positions away.

// Position and branch of each row.
@group(0) @binding(7) var<storage, read> row_branches: array<vec2<u32>>;
// Position of each slot, and the branches that it is open to.
@group(0) @binding(8) var<storage, read> key_branches: array<vec2<u32>>;

fn is_near(row: u32, key: u32) -> bool {
    let here = row_branches[row];
    let there = key_branches[min(key, params.keys - 1u)];
    let apart = max(here.x, there.x) - min(here.x, there.x);
    return (here.y & there.y) != 0u && apart <= params.reach;
}
