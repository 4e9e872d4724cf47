// Scores that compete: the softmax of all logits. The choice goes by the logits, which are in the same order and as
// far apart as they were.

fn weigh_experts(first: u32, lane: u32) {
    var largest = LOWEST;
    for (var expert = 0u; expert < params.experts; expert++) {
        largest = max(largest, logits[first + expert]);
    }
    for (var expert = lane; expert < params.experts; expert += WORKGROUP) {
        appeal[expert] = logits[first + expert];
        score[expert] = exp(logits[first + expert] - largest);
    }
    workgroupBarrier();
    var total = 0.0;
    for (var expert = 0u; expert < params.experts; expert++) {
        total += score[expert];
    }
    workgroupBarrier();
    for (var expert = lane; expert < params.experts; expert += WORKGROUP) {
        score[expert] /= total;
    }
}
