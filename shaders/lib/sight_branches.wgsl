// Of several continuations of a sequence, each has a bit: a slot is seen by the rows of the branches that it is open to, up to `reach` positions away.

// Position and branch of each row.
@group(0) @binding(7) var<storage, read> row_branches: array<vec2<u32>>;
// Position of each slot, and the branches that it is open to.
@group(0) @binding(8) var<storage, read> key_branches: array<vec2<u32>>;

fn place_of_row(row: u32) -> vec2<u32> {
    return row_branches[row];
}

fn place_of_key(key: u32) -> vec2<u32> {
    return key_branches[key];
}

fn reaches(row: vec2<u32>, key: vec2<u32>) -> bool {
    return (row.y & key.y) != 0u && max(row.x, key.x) - min(row.x, key.x) <= params.reach;
}
