// Stands for minus infinity: WGSL has no infinite literal, and arithmetic on infinities may misbehave.
const LOWEST: f32 = -3.0e38;
