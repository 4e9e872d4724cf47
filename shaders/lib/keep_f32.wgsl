// Keys and values are kept in single precision.

@group(0) @binding(2) var<storage, read_write> store: array<f32>;

// Puts the numbers in `turned` where a head is kept.
fn keep(head: u32, lane: u32) {
    for (var i = lane; i < params.head_dim; i += WORKGROUP) {
        store[head * params.head_dim + i] = turned[i];
    }
}

// Number i of a kept head.
fn kept(head: u32, i: u32) -> f32 {
    return store[head * params.head_dim + i];
}
