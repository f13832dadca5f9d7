"""What a bundle brings along for who checks it with stock tools."""
