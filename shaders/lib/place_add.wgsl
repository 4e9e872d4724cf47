// The embedding is added to what is there: learned positions.

fn place(at: u32, value: vec4<f32>) {
    x[at] += value;
}
