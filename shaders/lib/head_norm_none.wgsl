// Heads are rotated as they are.

fn head_factor(at: u32, head: u32, lane: Lane) -> f32 {
    return 1.0;
}

fn head_gain(head: u32, i: u32) -> f32 {
    return 1.0;
}
