// Keys and values as 16-bit floats, two a word, which need no extension.

@group(0) @binding(2) var<storage, read> store: array<vec2<u32>>;

fn kept4(head: u32, quad: u32) -> vec4<f32> {
    let words = store[head * (params.head_dim / 4u) + quad];
    return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}
