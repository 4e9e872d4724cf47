// Keys and values are kept as 8-bit integers in blocks of 32; the scales, a word each, are behind the integers of their head.

@group(0) @binding(2) var<storage, read_write> store: array<u32>;

// Puts the numbers in `turned` where a head is kept; a lane a word.
fn keep(head: u32, lane: u32) {
    let quads = params.head_dim / 4u;
    let at = head * (quads + quads / 8u);
    for (var quad = lane; quad < quads; quad += WORKGROUP) {
        let block = quad / 8u * 32u;
        var largest = 0.0;
        for (var i = 0u; i < 32u; i++) {
            largest = max(largest, abs(turned[block + i]));
        }
        let inverse = select(0.0, 127.0 / largest, largest > 0.0);
        var word = 0u;
        for (var i = 0u; i < 4u; i++) {
            let byte = bitcast<u32>(i32(round(turned[quad * 4u + i] * inverse)));
            word |= (byte & 0xffu) << (i * 8u);
        }
        store[at + quad] = word;
        if quad % 8u == 0u {
            store[at + quads + quad / 8u] = bitcast<u32>(largest / 127.0);
        }
    }
}

// Number i of a kept head.
fn kept(head: u32, i: u32) -> f32 {
    let quads = params.head_dim / 4u;
    let at = head * (quads + quads / 8u);
    let byte = bitcast<i32>(store[at + i / 4u] << (24u - i % 4u * 8u)) >> 24u;
    return f32(byte) * bitcast<f32>(store[at + quads + i / 32u]);
}
