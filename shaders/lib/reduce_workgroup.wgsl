// Sum and maximum over a workgroup through workgroup memory; every lane gets the result.

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

var<workgroup> reduce_slots: array<f32, WORKGROUP>;

fn reduce_sum(value: f32, lane: Lane) -> f32 {
    reduce_slots[lane.index] = value;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if lane.index < half {
            reduce_slots[lane.index] += reduce_slots[lane.index + half];
        }
        workgroupBarrier();
    }
    let total = reduce_slots[0];
    // The next reduction may overwrite slot 0 only after everyone has read it.
    workgroupBarrier();
    return total;
}

fn reduce_max(value: f32, lane: Lane) -> f32 {
    reduce_slots[lane.index] = value;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if lane.index < half {
            reduce_slots[lane.index] = max(reduce_slots[lane.index], reduce_slots[lane.index + half]);
        }
        workgroupBarrier();
    }
    let largest = reduce_slots[0];
    workgroupBarrier();
    return largest;
}
