// Scores each for itself: the sigmoid of its logit. The choice goes by the score and a bias that balances the load.

// [experts]
@group(0) @binding(4) var<storage, read> bias: array<f32>;

fn weigh_experts(first: u32, lane: u32) {
    for (var expert = lane; expert < params.experts; expert += WORKGROUP) {
        score[expert] = 1.0 / (1.0 + exp(-logits[first + expert]));
        appeal[expert] = score[expert] + bias[expert];
    }
}
