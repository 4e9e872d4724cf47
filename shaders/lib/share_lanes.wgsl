// Workgroups whose lanes hand each other rows by subgroups.

const LANES: u32 = 32u;

struct Lane {
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) in_subgroup: u32,
    @builtin(subgroup_size) width: u32,
}

// Lanes that work on the same keys at least.
fn least_strand(lane: Lane) -> u32 {
    return lane.width;
}
