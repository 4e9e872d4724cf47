// Keys and values as 8-bit integers in blocks of 32; the scales, a word each, are behind the integers of their head.

@group(0) @binding(2) var<storage, read> store: array<u32>;

fn kept4(head: u32, quad: u32) -> vec4<f32> {
    let quads = params.head_dim / 4u;
    let at = head * (quads + quads / 8u);
    // Not by unpack4x8snorm, which divides by 127 and clamps.
    let word = bitcast<i32>(store[at + quad]);
    let bytes = vec4<i32>(word << 24u, word << 16u, word << 8u, word) >> vec4<u32>(24u);
    return vec4<f32>(bytes) * bitcast<f32>(store[at + quads + quad / 8u]);
}
