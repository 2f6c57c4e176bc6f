"""What tests share: courses, boxes, rules for chapters and assignments."""
