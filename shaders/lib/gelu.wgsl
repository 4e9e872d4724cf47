// GELU by the error function (Hendrycks & Gimpel 2016, arXiv 1606.08415): v * (1 + erf(v / sqrt(2))) / 2.

// Abramowitz & Stegun 7.1.26: within 1.5e-7 everywhere.
fn erf(v: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(v));
    let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(v) * (1.0 - series * exp(-v * v));
}

fn gelu(v: f32) -> f32 {
    return 0.5 * v * (1.0 + erf(v * 0.70710678));
}
