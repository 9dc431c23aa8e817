"""Which features are on for whom. A flag hides or shows; it never guards money, access or safety."""
