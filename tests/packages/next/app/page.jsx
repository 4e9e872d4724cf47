"use client";
import { useEffect } from "react";

export default function Page() {
  // In the browser only: there is nothing to do where pages are rendered.
  useEffect(() => void import("../app.js"), []);
  return <p>Next</p>;
}
