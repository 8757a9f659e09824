"""The painter of the simulated pictures: landscapes that follow from a prompt and a seed."""
