// The head has no bias.

fn head_bias(id: u32) -> f32 {
    return 0.0;
}
