// Keys and values in single precision.

@group(0) @binding(2) var<storage, read> store: array<vec4<f32>>;

fn kept4(head: u32, quad: u32) -> vec4<f32> {
    return store[head * (params.head_dim / 4u) + quad];
}
