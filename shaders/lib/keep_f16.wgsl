// Keys and values are kept as 16-bit floats, two a word, which needs no extension.

@group(0) @binding(2) var<storage, read_write> store: array<u32>;

// Puts the numbers in `turned` where a head is kept.
fn keep(head: u32, lane: u32) {
    let words = params.head_dim / 2u;
    for (var i = lane; i < words; i += WORKGROUP) {
        let pair = vec2<f32>(turned[i * 2u], turned[i * 2u + 1u]);
        store[head * words + i] = pack2x16float(clamp(pair, vec2<f32>(-65504.0), vec2<f32>(65504.0)));
    }
}

// Number i of a kept head.
fn kept(head: u32, i: u32) -> f32 {
    let pair = unpack2x16float(store[head * (params.head_dim / 2u) + i / 2u]);
    return select(pair.x, pair.y, i % 2u == 1u);
}
