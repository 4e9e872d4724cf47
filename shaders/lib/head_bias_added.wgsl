// The head has a bias a token.

@group(0) @binding(6) var<storage, read> bias: array<f32>;

fn head_bias(id: u32) -> f32 {
    return bias[id];
}
