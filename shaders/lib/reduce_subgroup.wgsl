// Sum and maximum over a workgroup: subgroup operations first, then one slot per subgroup.

struct Lane {
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) in_subgroup: u32,
    @builtin(subgroup_size) width: u32,
}

var<workgroup> reduce_slots: array<f32, WORKGROUP>;

fn reduce_sum(value: f32, lane: Lane) -> f32 {
    let partial = subgroupAdd(value);
    if lane.in_subgroup == 0u {
        reduce_slots[lane.index / lane.width] = partial;
    }
    workgroupBarrier();
    var total = reduce_slots[0];
    for (var slot = 1u; slot < WORKGROUP / lane.width; slot++) {
        total += reduce_slots[slot];
    }
    // The next reduction may overwrite the slots only after everyone has read them.
    workgroupBarrier();
    return total;
}

fn reduce_max(value: f32, lane: Lane) -> f32 {
    let partial = subgroupMax(value);
    if lane.in_subgroup == 0u {
        reduce_slots[lane.index / lane.width] = partial;
    }
    workgroupBarrier();
    var largest = reduce_slots[0];
    for (var slot = 1u; slot < WORKGROUP / lane.width; slot++) {
        largest = max(largest, reduce_slots[slot]);
    }
    workgroupBarrier();
    return largest;
}
