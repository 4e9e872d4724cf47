//! Pictures: seconds against something, both in logarithms, two panels beside each other.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

/// Of a panel, in pixels.
const SIZE: (u32, u32) = (540, 480);
/// One a line, in turns; dark enough to be read on white.
const COLOURS: [RGBColor; 9] = [
    RGBColor(178, 34, 34),
    RGBColor(160, 85, 0),
    RGBColor(122, 45, 140),
    RGBColor(90, 90, 90),
    RGBColor(31, 78, 163),
    RGBColor(0, 110, 60),
    RGBColor(200, 30, 120),
    RGBColor(0, 115, 130),
    RGBColor(0, 0, 0),
];

/// A part of the picture.
pub struct Panel {
    /// What is measured.
    pub title: String,
    /// What it is measured against.
    pub x: &'static str,
    /// Names with their points.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
    /// Whether to draw a line for what the cheapest takes at its first point, whatever x.
    pub has_ideal: bool,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The panels as SVG.
///
/// # Errors
/// When the drawing library refuses, which it does not in memory.
pub fn draw(panels: &[Panel]) -> Result<String> {
    let mut svg = String::new();
    plot(&mut svg, panels).map_err(|error| anyhow!("cannot draw the picture: {error}"))?;
    Ok(svg)
}

fn plot(svg: &mut String, panels: &[Panel]) -> Outcome {
    let columns = panels.len().min(2);
    let rows = panels.len().div_ceil(2);
    let size = (SIZE.0 * columns as u32, SIZE.1 * rows as u32);
    let area = SVGBackend::with_string(svg, size).into_drawing_area();
    area.fill(&WHITE)?;
    for (area, panel) in area.split_evenly((rows, columns)).iter().zip(panels) {
        draw_panel(area, panel)?;
    }
    area.present()?;
    Ok(())
}

/// Least and largest of the values, with some room.
fn range(values: impl Iterator<Item = f64> + Clone) -> std::ops::Range<f64> {
    let least = values.clone().fold(f64::MAX, f64::min);
    let most = values.fold(1e-6, f64::max);
    0.8 * least.clamp(1e-6, most)..1.3 * most
}

fn draw_panel(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Outcome {
    let points = panel.lines.iter().flat_map(|(_, points)| points);
    let xs = range(points.clone().map(|point| point.0));
    let seconds = range(points.map(|point| point.1));
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(&panel.title, ("sans-serif", 16))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(xs.log_scale(), seconds.log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(panel.x)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.3}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    for ((name, places), colour) in panel.lines.iter().zip(COLOURS.iter().cycle()) {
        let dots = places
            .iter()
            .map(|&place| Circle::new(place, 4, colour.filled()));
        chart.draw_series(dots)?;
        let colour = *colour;
        let line = LineSeries::new(places.iter().copied(), colour.stroke_width(2));
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    if panel.has_ideal {
        let firsts = panel.lines.iter().filter_map(|(_, places)| places.first());
        let ideal = firsts.map(|place| place.1).fold(f64::MAX, f64::min);
        let longest = panel.lines.first().map_or(&[][..], |(_, places)| places);
        let places = longest.iter().map(|place| (place.0, ideal));
        chart
            .draw_series(DashedLineSeries::new(places, 4, 4, BLACK.stroke_width(1)))?
            .label("ideal")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.stroke_width(1)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 12))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Panel, draw};

    #[test]
    fn the_picture_names_every_line() {
        let panel = |has_ideal| Panel {
            title: "a step".into(),
            x: "rows",
            lines: [("slow", 9.0), ("fast", 1.0)]
                .map(|(name, y)| (name.into(), vec![(8.0, y), (32.0, 2.0 * y)]))
                .to_vec(),
            has_ideal,
        };
        let svg = draw(&[panel(true), panel(false)]).unwrap();
        assert!(svg.contains("slow") && svg.contains("fast") && svg.contains("rows"));
        assert_eq!(svg.matches("ideal").count(), 1);
    }
}
