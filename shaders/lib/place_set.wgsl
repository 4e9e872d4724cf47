// The embedding is what comes first.

fn place(at: u32, value: vec4<f32>) {
    x[at] = value;
}
