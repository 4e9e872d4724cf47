// A chain of numbers.

alias Value = f32;

fn total(value: Value) -> f32 {
    return value;
}
