// A chain of quads.

alias Value = vec4<f32>;

fn total(value: Value) -> f32 {
    return dot(value, vec4<f32>(1.0));
}
