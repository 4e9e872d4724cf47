// Classifier-free guidance: away from the logits without the prompt.

// [rows, vocabulary]
@group(0) @binding(3) var<storage, read> unconditional: array<f32>;

fn contrast(start: u32, end: u32, lane: u32) {
    for (var i = start + lane; i < end; i += WORKGROUP) {
        let u = unconditional[i];
        logits[i] = u + rules.guidance * (logits[i] - u);
    }
}
